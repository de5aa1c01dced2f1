using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Kanade.Tests.EndToEnd;

/// <summary>What a finished run of the built program left.</summary>
sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts the exit code, showing what the program said where it is another.</summary>
    public ProgramResult Left(int code)
    {
        Assert.True(ExitCode == code, $"left with {ExitCode}, not {code}:\n{Error}{Output}");
        return this;
    }

    /// <summary>The only line on standard error; the test fails where there are more or none.</summary>
    public string OneLine => Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>The program as users run it: another process, its streams and its exit code.</summary>
sealed partial class BuiltProgram : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The program's file.</summary>
    public static string Kanade { get; } = Path.Combine(AppContext.BaseDirectory, "kanade");

    readonly Process _process;
    readonly Task<string> _output;
    readonly StringBuilder _error = new();

    BuiltProgram(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_error)
                _error.Append(line.Data).Append('\n');
        };
        process.BeginErrorReadLine();
    }

    public static ProgramResult Run(params string[] arguments)
    {
        using var program = Start(arguments);
        return program.WaitForExit();
    }

    /// <param name="arguments">The verb and what it is given.</param>
    /// <param name="environment">Variables to set, or with null to take away.</param>
    /// <param name="inputEnds">Whether standard input is empty; otherwise it holds what <see cref="WriteLine"/> writes.</param>
    public static BuiltProgram Start(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, bool inputEnds = true)
    {
        return Start(Kanade, arguments, environment, inputEnds);
    }

    /// <summary>Starts any program as this one is started.</summary>
    public static BuiltProgram Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, bool inputEnds = true)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        if (inputEnds)
            process.StandardInput.Close();
        return new BuiltProgram(process);
    }

    /// <summary>Gives it a line of standard input.</summary>
    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits until a line of standard error holds this text.</summary>
    public void WaitForLine(string text)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            lock (_error)
            {
                if (_error.ToString().Contains(text, StringComparison.Ordinal))
                    return;
            }
            Assert.False(_process.HasExited, $"left before it said '{text}': {_error}");
            Assert.True(clock.Elapsed < Patience, $"never said '{text}': {_error}");
            Thread.Sleep(20);
        }
    }

    public void Signal(PosixSignal signal) => Signal(_process.Id, signal == PosixSignal.SIGINT ? 2 : 15);

    /// <summary>Sends a signal, by its number, to any process.</summary>
    public static void Signal(int process, int signal) => Assert.Equal(0, Kill(process, signal));

    /// <summary>Its number among the system's processes.</summary>
    public int Id => _process.Id;

    public ProgramResult WaitForExit()
    {
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"still running after {Patience}: {_error}");
        }
        _process.WaitForExit();   // the streams too
        return new ProgramResult(_process.ExitCode, _output.GetAwaiter().GetResult(), _error.ToString().TrimEnd('\n') + "\n");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
