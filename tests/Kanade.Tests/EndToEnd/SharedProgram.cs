using System.Diagnostics;

namespace Kanade.Tests.EndToEnd;

/// <summary>A test that starts several processes of the program with mpirun; scripts/test.sh installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class MpiFactAttribute : FactAttribute
{
    public MpiFactAttribute() => Skip = SharedProgram.Missing;
}

/// <inheritdoc cref="MpiFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute() => Skip = SharedProgram.Missing;
}

/// <summary>The built program in several processes that share the work, as <c>mpirun -n 2 kanade …</c> starts them.</summary>
static class SharedProgram
{
    static readonly Dictionary<string, string?> AsRoot = new() { ["OMPI_ALLOW_RUN_AS_ROOT"] = "1", ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1" };

    static readonly string? Launcher = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "mpirun")).FirstOrDefault(File.Exists);

    // More processes than cores, and none bound to one; MPICH does neither, and does not know the words.
    static readonly string[] Freely = Launcher is not null && IsOpenMpi(Launcher) ? ["--oversubscribe", "--bind-to", "none"] : [];

    /// <summary>Why such a test cannot run here; null where it can.</summary>
    public static string? Missing => Launcher is null ? "there is no mpirun: install openmpi-bin" : null;

    /// <summary>Starts two processes.</summary>
    public static BuiltProgram Start(params IEnumerable<string> arguments) => Start(BuiltProgram.Kanade, arguments);

    /// <summary>Starts two processes of a shell that becomes the program, with <c>$rank</c> for its number; each leaves its process number in a file first.</summary>
    /// <param name="folder">Where: <c>rank0</c> and <c>rank1</c>.</param>
    /// <param name="changed">What is added to the arguments, in the shell's words.</param>
    /// <param name="arguments">The verb and what it is given.</param>
    public static BuiltProgram StartNumbered(string folder, string changed, params IEnumerable<string> arguments) => Start(
        "/bin/sh", ["-c", $"rank=${{OMPI_COMM_WORLD_RANK-$PMI_RANK}}; echo $$ > '{folder}'/rank$rank; exec \"$@\" {changed}", "sh", BuiltProgram.Kanade, .. arguments]);

    /// <summary>Runs two processes to their end.</summary>
    public static ProgramResult Run(params IEnumerable<string> arguments)
    {
        using var program = Start(arguments);
        return program.WaitForExit();
    }

    static BuiltProgram Start(string program, IEnumerable<string> arguments) => BuiltProgram.Start(Launcher!, [.. Freely, "-n", "2", program, .. arguments], AsRoot);

    static bool IsOpenMpi(string launcher)
    {
        using var version = Process.Start(new ProcessStartInfo(launcher, ["--version"]) { RedirectStandardOutput = true })!;
        return version.StandardOutput.ReadToEnd().Contains("Open MPI", StringComparison.Ordinal);
    }
}
