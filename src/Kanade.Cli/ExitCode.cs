using System.Reflection;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary>What the program tells the shell, and which exception says it.</summary>
static class ExitCode
{
    public const int Done = 0;
    public const int Unexpected = 1;
    public const int Usage = 2;
    public const int Configuration = 3;
    public const int Data = 4;
    public const int Checkpoint = 5;
    public const int Diverged = 6;
    public const int Bug = 70;
    public const int Interrupted = 75;
    public const int InterruptedTwice = 130;

    /// <summary>The exit code for a failure; everything that nobody foresaw is a bug.</summary>
    public static int Of(Exception failure) => failure switch
    {
        UsageException => Usage,
        ConfigurationException or ProcessGroupException => Configuration,
        CheckpointException => Checkpoint,
        DivergedException => Diverged,
        OperationCanceledException => Interrupted,
        InvalidDataException or IOException or UnauthorizedAccessException => Data,
        OutOfMemoryException or DllNotFoundException or PlatformNotSupportedException => Unexpected,
        _ => Bug,
    };

    /// <summary>The failure itself, out of the wrappers that reflection, tasks and static constructors put around it.</summary>
    public static Exception Unwrap(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        _ => failure,
    };
}
