using System.Runtime.InteropServices;
using Kanade.Torch;

namespace Kanade.Cli;

/// <summary>
/// SIGINT, SIGTERM and SIGUSR1 (the one that mpirun passes on at once, and Slurm on demand): the first cancels <see cref="Token"/>, so that the verb saves and leaves with 75; a second one leaves at once with 130.
/// System.CommandLine's own handler is not used: it gives up after a time limit, and a last checkpoint takes as long as it takes.
/// </summary>
sealed partial class Interruption : IDisposable
{
    // A terminal, mpirun and a batch system may each pass on one and the same interrupt.
    static readonly TimeSpan EchoTime = TimeSpan.FromMilliseconds(500);

    // SIGUSR1 of Linux, which .NET has no name for.
    const int UserSignal1 = 10;

    readonly CancellationTokenSource _source = new();
    readonly PosixSignalRegistration[] _registrations;
    readonly Screen _screen;
    readonly Lock _lock = new();
    long _first;

    public Interruption(Screen screen)
    {
        _screen = screen;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create((PosixSignal)UserSignal1, OnSignal),
        ];
    }

    public CancellationToken Token => _source.Token;

    void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;   // the runtime must not end the process on its own
        lock (_lock)
        {
            if (_first == 0)
                _first = TimeProvider.System.GetTimestamp();
            else if (TimeProvider.System.GetElapsedTime(_first) < EchoTime)
                return;
            else
                LeaveNow(ExitCode.InterruptedTwice);   // not Environment.Exit: native threads at work would be waited for
        }
        if (LaunchedProcess.Current.Rank == 0)
            _screen.WriteLine("stopping: what is done is saved first; interrupt again to leave at once");
        _source.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void LeaveNow(int code);
}
