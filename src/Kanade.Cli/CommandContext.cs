using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kanade.Torch;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Kanade.Cli;

/// <summary>
/// What every verb is given: standard input and output, the screen (standard error), the log. Results go to <see cref="Output"/>, and
/// nothing else does; everything that is said to people goes to the screen.
/// </summary>
sealed class CommandContext(TextReader input, TextWriter output, Screen screen) : IDisposable
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    // Japanese stays readable in what the program prints.
    static readonly JsonSerializerOptions JsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    Logger? _log;
    Logger? _runLog;
    IProcessGroup _group = SingleProcess.Instance;

    public TextReader Input => input;

    public TextWriter Output => output;

    public Screen Screen => screen;

    /// <summary>What the screen shows of the log; a run's JSON lines always hold everything from Debug on.</summary>
    public LogEventLevel ScreenLevel { get; set; } = LogEventLevel.Information;

    /// <summary>The process's own streams; UTF-8 in both directions, whatever the locale says.</summary>
    public static CommandContext OfProcess()
    {
        // mpirun gives its processes terminals of their own; .NET would greet them with control characters in the results.
        if (LaunchedProcess.Current.World > 1)
            Environment.SetEnvironmentVariable("TERM", "dumb");
        return new CommandContext(
            new StreamReader(Console.OpenStandardInput(), Utf8),
            new StreamWriter(Console.OpenStandardOutput(), Utf8) { AutoFlush = true },
            Screen.Open());
    }

    /// <summary>The log, to hand to whoever needs one. After <see cref="LogInto"/> it is the run's.</summary>
    public ILogger Log => _log ??= Configure().CreateLogger();

    /// <summary>Lets the log go on into a run folder too, as JSON lines in <c>log.jsonl</c>; appends to what an earlier run wrote.</summary>
    public ILogger LogInto(string runFolder)
    {
        Directory.CreateDirectory(runFolder);
        _log?.Dispose();
        _runLog?.Dispose();
        _runLog = new LoggerConfiguration().MinimumLevel.Debug()
            .WriteTo.File(new CompactJsonFormatter(), Path.Combine(runFolder, "log.jsonl"), fileSizeLimitBytes: null)
            .CreateLogger();
        return _log = Configure().WriteTo.Logger(_runLog).CreateLogger();
    }

    /// <summary>Joins the processes that a launcher started with this one, if one did; from then on all of them but the first only warn, with their rank.</summary>
    /// <exception cref="ProcessGroupException">There is no MPI library that fits the launcher.</exception>
    public IProcessGroup JoinGroup()
    {
        var process = LaunchedProcess.Current;
        if (process.Rank > 0)
        {
            Screen.Prefix = string.Create(CultureInfo.InvariantCulture, $"rank {process.Rank}: ");
            ScreenLevel = (LogEventLevel)Math.Max((int)ScreenLevel, (int)LogEventLevel.Warning);
        }
        return _group = MpiProcessGroup.Join(process);
    }

    /// <summary>Takes the other processes along, which would wait for this one.</summary>
    public void LeaveGroup(int exitCode) => _group.Abort(exitCode);

    /// <summary>Keeps a failure with its stack trace in the run folder's log, if one is open; the screen gets one line elsewhere.</summary>
    public void LogFailure(Exception failure, int exitCode) =>
        _runLog?.Error(failure, "leaving with exit code {ExitCode}", exitCode);

    /// <summary>A bar or lines that say how far the verb is.</summary>
    public ProgressLine Progress(string title) => new(screen, title);

    /// <summary>Writes a machine-readable result: one JSON value on one line of <see cref="Output"/>, keys in snake_case.</summary>
    /// <remarks>Uses reflection, which costs a cold start some 50 ms: a verb that must be quick writes with <see cref="Utf8JsonWriter"/>.</remarks>
    public void WriteJson<T>(T result) => output.WriteLine(JsonSerializer.Serialize(result, JsonOptions));

    /// <summary>Writes a machine-readable result piece by piece: one JSON value on one line of <see cref="Output"/>.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(json);
        output.WriteLine(Utf8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    public void Dispose()
    {
        _log?.Dispose();
        _runLog?.Dispose();
        output.Flush();
    }

    LoggerConfiguration Configure() => new LoggerConfiguration()
        .MinimumLevel.Debug()
        .WriteTo.Sink(new ScreenSink(screen), ScreenLevel);
}
