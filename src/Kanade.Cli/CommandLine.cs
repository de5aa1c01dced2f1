using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Kanade.Torch;
using Serilog.Events;

namespace Kanade.Cli;

/// <summary>From arguments to an exit code: parses, runs the verb, and is the only place where failures are caught.</summary>
static partial class CommandLine
{
    // '@' begins a text as well as a response file, and "-5度" is a text: neither convenience is wanted here.
    static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    public static Task<int> Run(IReadOnlyList<string> arguments, CommandContext context, CancellationToken cancel) =>
        Run(Verbs.Create(context), arguments, context, cancel);

    public static async Task<int> Run(RootCommand root, IReadOnlyList<string> arguments, CommandContext context, CancellationToken cancel)
    {
        var quiet = new Option<bool>("--quiet") { Description = "Warnings and errors only.", Recursive = true };
        var verbose = new Option<bool>("--verbose") { Description = "Everything that the run's log holds.", Recursive = true };
        root.Options.Add(quiet);
        root.Options.Add(verbose);

        ParseResult parsed;
        try
        {
            parsed = root.Parse(arguments, Parsing);
        }
        catch (InvalidOperationException unreadable)   // from a validator that asks for a value which cannot be read
        {
            context.Screen.WriteLine($"kanade: {Plain(unreadable.Message)}; see: kanade --help");
            return ExitCode.Usage;
        }
        var verb = NameOf(parsed.CommandResult.Command);
        if (parsed.Action is ParseErrorAction || TakenForText(parsed) is not null)
        {
            context.Screen.WriteLine($"{verb}: {Problem(parsed)}; see: {verb} --help");
            return ExitCode.Usage;
        }
        context.ScreenLevel = parsed.GetValue(verbose) ? LogEventLevel.Debug
            : parsed.GetValue(quiet) ? LogEventLevel.Warning
            : LogEventLevel.Information;
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = context.Output,
            }, cancel);
        }
        catch (Exception thrown)
        {
            var failure = ExitCode.Unwrap(thrown);
            var code = ExitCode.Of(failure);
            // What is wrong in all processes is wrong in the first, which says so and ends the others before their turn.
            var isTold = LaunchedProcess.Current.Rank > 0 && (code == ExitCode.Interrupted || cancel.WaitHandle.WaitOne(Turn));
            if (!isTold)
                Report(failure, code, verb, context);
            context.LeaveGroup(code);
            return code;
        }
    }

    static void Report(Exception failure, int code, string verb, CommandContext context)
    {
        context.Screen.ShowBar("");
        context.LogFailure(failure, code);
        switch (code)
        {
            case ExitCode.Interrupted:
                context.Screen.WriteLine($"{verb}: interrupted; the same command goes on from what is saved");
                break;
            case ExitCode.Bug:
                context.Screen.WriteLine($"{verb}: a bug in kanade: {failure}");
                break;
            default:
                var problems = failure is ConfigurationException configuration ? configuration.Problems : [OneLine(failure.Message)];
                foreach (var problem in problems)
                    context.Screen.WriteLine($"{verb}: {problem}");
                break;
        }
    }

    /// <summary>The first thing that is wrong with the arguments, with the nearest verb or option where one is near.</summary>
    static string Problem(ParseResult parsed)
    {
        var message = Plain(parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "a verb is missing");
        var unknown = TakenForText(parsed) ?? (parsed.UnmatchedTokens is [var unmatched, ..] ? unmatched : null);
        if (unknown is null)
            return message;
        var command = parsed.CommandResult.Command;
        var names = unknown.StartsWith('-')
            ? command.Options.Concat(parsed.RootCommandResult.Command.Options).Select(option => option.Name)
            : command.Subcommands.Select(subcommand => subcommand.Name);
        return NearestName.In(names, unknown) is { } name ? $"unknown '{unknown}'; did you mean '{name}'?" : $"unknown '{unknown}'";
    }

    /// <summary>The parser's message without the names of .NET's types.</summary>
    static string Plain(string message)
    {
        var line = OneLine(message).TrimEnd('.');
        return Unparsed().Match(line) is { Success: true } match
            ? $"{match.Groups["name"].Value}: expected {(match.Groups["type"].Value.Contains("Int", StringComparison.Ordinal) ? "a whole number" : "a number")}, found '{match.Groups["value"].Value}'"
            : line;
    }

    [GeneratedRegex(@"^Cannot parse argument '(?<value>.*)' for (option|command) '(?<name>[^']*)' as expected type '(?<type>.*(Int\d+|Double|Single).*)'")]
    private static partial Regex Unparsed();

    /// <summary>
    /// A misspelt option that the parser took for a verb's text or path, as it does where an argument is still open.
    /// After <c>--</c> everything is text.
    /// </summary>
    static string? TakenForText(ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value is ['-', '-', >= 'a' and <= 'z', ..])
        ?.Value;

    static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "kanade";

    static string OneLine(string message) =>
        string.Join("; ", message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
