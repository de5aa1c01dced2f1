using System.CommandLine;
using Kanade.Cli;
using Kanade.Models;
using Kanade.Training;

namespace Kanade.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<Exception, int> Failures => new()
    {
        { new UsageException("two voices"), 2 },
        { new ConfigurationException("x.yml:1:1: a: unknown key"), 3 },
        { new InvalidDataException("a.wav: not a WAV"), 4 },
        { new FileNotFoundException("no a.wav"), 4 },
        { new UnauthorizedAccessException("a.wav"), 4 },
        { new CheckpointException("step-1: of another stage"), 5 },
        { new DivergedException("step 9: loss is NaN"), 6 },
        { new DllNotFoundException("libtorch"), 1 },
        { new OperationCanceledException(), 75 },
        { new AggregateException(new InvalidDataException("in a task")), 4 },
        { new TypeInitializationException("T", new DllNotFoundException("libx")), 1 },
        { new ArgumentException("mixed up"), 70 },
        { new KeyNotFoundException(), 70 },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_leaves_with_its_code_and_only_a_bug_shows_a_stack_trace(Exception failure, int code)
    {
        var (left, _, error) = await Run((_, _) => throw failure, "act");
        Assert.Equal(code, left);
        Assert.StartsWith("kanade act: ", error);
        Assert.Equal(code == 70, error.Contains("   at ", StringComparison.Ordinal));
        if (code != 70)
            Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_message_of_several_lines_is_told_on_one()
    {
        var (_, _, error) = await Run((_, _) => throw new InvalidDataException("a.wav: bad\r\n  header\n"), "act");
        Assert.Equal("kanade act: a.wav: bad; header\n", error);
    }

    [Theory]
    [InlineData("kanade act: unknown '--jsn'; did you mean '--json'?; see: kanade act --help", "act", "--jsn")]
    [InlineData("kanade: unknown 'actt'; did you mean 'act'?; see: kanade --help", "actt")]
    [InlineData("kanade act: --max-steps: expected a whole number, found 'x'; see: kanade act --help", "act", "--max-steps", "x")]
    [InlineData("kanade act: --max-steps must be 1 or more; see: kanade act --help", "act", "--max-steps", "0")]
    [InlineData("kanade act: --device is cpu, cuda or cuda:<number>, not 'gpu'; see: kanade act --help", "act", "--device", "gpu")]
    [InlineData("kanade: Required command was not provided; see: kanade --help")]
    public async Task Bad_usage_is_one_line_and_code_2(string line, params string[] arguments)
    {
        var (code, output, error) = await Run((_, _) => 0, arguments);
        Assert.Equal((2, "", line + "\n"), (code, output, error));
    }

    [Fact]
    public async Task A_text_may_begin_with_an_at_sign()
    {
        var seen = "";
        var (code, _, error) = await Run((parsed, _) => { seen = parsed.GetValue<string>("text"); return 0; }, "act", "@雨.txt");
        Assert.Equal((0, "@雨.txt", ""), (code, seen, error));
    }

    [Theory]
    [InlineData("-5度", "act", "-5度")]
    [InlineData("--jsn", "act", "--", "--jsn")]
    public async Task A_text_may_begin_with_a_dash(string text, params string[] arguments)
    {
        var seen = "";
        var (code, _, error) = await Run((parsed, _) => { seen = parsed.GetValue<string>("text"); return 0; }, arguments);
        Assert.Equal((0, text, ""), (code, seen, error));
    }

    [Fact]
    public async Task A_cancelled_verb_leaves_with_75()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var (code, _, error) = await Run((_, cancel) => { cancel.ThrowIfCancellationRequested(); return 0; }, source.Token, "act");
        Assert.Equal(75, code);
        Assert.Contains("interrupted", error);
    }

    [Fact]
    public async Task Help_is_on_standard_output()
    {
        var (code, output, error) = await Run((_, _) => 0, "act", "--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Acts.", output);
    }

    [Fact]
    public async Task A_run_log_keeps_the_stack_trace_that_the_screen_does_not_show()
    {
        var folder = Directory.CreateTempSubdirectory("kanade-log-").FullName;
        using var screen = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(TextReader.Null, TextWriter.Null, new Screen(screen, 0));
        var root = Root((_, _) =>
        {
            context.LogInto(Path.Combine(folder, "run")).Information("step {Step}", 3);
            throw new InvalidDataException("a.wav: bad");
        });
        Assert.Equal(4, await CommandLine.Run(root, ["act"], context, default));
        context.Dispose();
        var lines = File.ReadAllLines(Path.Combine(folder, "run", "log.jsonl"));
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"Step\":3", lines[0]);
        Assert.Contains("InvalidDataException", lines[1]);
        Assert.Matches(@"^\d\d:\d\d:\d\d step 3\nkanade act: a.wav: bad\n$", screen.ToString());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Quiet_and_verbose_say_what_the_screen_shows()
    {
        Assert.Equal(["warn"], await Levels("--quiet"));
        Assert.Equal(["info", "warn"], await Levels());
        Assert.Equal(["debug", "info", "warn"], await Levels("--verbose"));
    }

    static async Task<string[]> Levels(params string[] options)
    {
        using var screen = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(TextReader.Null, TextWriter.Null, new Screen(screen, 0));
        var root = Root((_, _) =>
        {
            context.Log.Debug("debug");
            context.Log.Information("info");
            context.Log.Warning("warn");
            return 0;
        });
        await CommandLine.Run(root, ["act", .. options], context, default);
        return [.. screen.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[^1])];
    }

    static Task<(int, string, string)> Run(Func<ParseResult, CancellationToken, int> act, params string[] arguments) => Run(act, default, arguments);

    static async Task<(int Code, string Output, string Error)> Run(
        Func<ParseResult, CancellationToken, int> act, CancellationToken cancel, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(TextReader.Null, output, new Screen(error, 0));
        var code = await CommandLine.Run(Root(act), arguments, context, cancel);
        return (code, output.ToString(), error.ToString());
    }

    static RootCommand Root(Func<ParseResult, CancellationToken, int> act)
    {
        var command = new Command("act", "Acts.") { new Argument<string>("text") { Arity = ArgumentArity.ZeroOrOne }, VerbOptions.Json(), VerbOptions.MaxSteps(), VerbOptions.Device() };
        command.SetAction((parsed, cancel) => Task.FromResult(act(parsed, cancel)));
        return new RootCommand("test") { command };
    }
}
