using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Kanade.Text;
using Kanade.Torch;
using TorchSharp;

namespace Kanade.Cli;

/// <summary>How one thing on this machine is: as needed, needed and not there, or not there and only wanted for some uses.</summary>
enum Verdict { Good, Missing, Absent }

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Verdict">Whether it will do.</param>
/// <param name="Detail">The version or figure found, or what failed.</param>
/// <param name="Remedy">What to do about it; empty where nothing need be done.</param>
sealed record Finding(string Name, Verdict Verdict, string Detail, string Remedy = "");

/// <summary>Looks at the machine that the program runs on.</summary>
static class Platform
{
    const long LeastDisk = 2L << 30;

    public static IReadOnlyList<Finding> Examine(string? dictionary) =>
    [
        new("kanade", Verdict.Good, Version()),
        new("runtime", Verdict.Good, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}"),
        .. Torch(),
        Threads(),
        Bf16(),
        Dictionary(dictionary),
        Library("libsndfile", ["libsndfile.so.1", "libsndfile.so"], "FLAC, Ogg and MP3 cannot be read", "libsndfile1", needed: true),
        Library("libsoxr", ["libsoxr.so.0", "libsoxr.so"], "sound cannot be resampled", "libsoxr0", needed: true),
        Library("libebur128", ["libebur128.so.1", "libebur128.so"], "loudness cannot be measured", "libebur128-1", needed: true),
        Mpi(),
        Program("ffmpeg", "formats that libsndfile does not know cannot be read"),
        Memory(),
        Disk(Environment.CurrentDirectory),
    ];

    static string Version() =>
        typeof(Platform).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "unknown";

    static IEnumerable<Finding> Torch()
    {
        try
        {
            Libtorch.Load();
        }
        catch (DllNotFoundException failure)
        {
            return [new("libtorch", Verdict.Missing, failure.Message)];
        }
        return
        [
            .. SelfTest.Run().Select(result => new Finding(result.Name, result.Passed ? Verdict.Good : Verdict.Missing, result.Detail,
                result.Passed ? "" : "build again from the versions in src/Directory.Packages.props")),
            torch.cuda.is_available()
                ? new("GPU", Verdict.Good, $"{torch.cuda.device_count()} by CUDA")
                : new("GPU", Verdict.Absent, "none: computes on the processor", "for CUDA build with -p:TorchBackend=cuda"),
        ];
    }

    static Finding Threads()
    {
        var variable = Environment.GetEnvironmentVariable("OMP_NUM_THREADS");
        return new Finding("threads", Verdict.Good,
            $"{Environment.ProcessorCount} processors, OMP_NUM_THREADS {(string.IsNullOrEmpty(variable) ? "not set" : variable)}");
    }

    /// <summary>The processor's instructions that compute in bfloat16; without any, libtorch emulates it.</summary>
    public static IReadOnlyList<string> Bf16Instructions() =>
        File.Exists("/proc/cpuinfo")
            ? [.. (File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? [])
                .Where(flag => flag is "avx512_bf16" or "amx_bf16" or "avx_ne_convert")]
            : [];

    static Finding Bf16() =>
        Bf16Instructions() is { Count: > 0 } found
            ? new Finding("bf16", Verdict.Good, $"in hardware: {string.Join(", ", found)}")
            : new Finding("bf16", Verdict.Absent, "emulated by this processor, slower than float32", "set run.precision: fp32 here");

    /// <summary>Reads a word with it: a folder of the right files may still hold a dictionary of another make.</summary>
    static Finding Dictionary(string? asked)
    {
        try
        {
            var folder = DictionaryFolder.Find(asked);
            using var frontend = JapaneseFrontend.Open(new FrontendOptions(folder));
            var symbols = frontend.Phonemize("雨").Symbols;
            return new Finding("dictionary", Verdict.Good, $"{folder}, reads 雨 as {symbols}");
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new Finding("dictionary", Verdict.Missing, failure.Message);
        }
    }

    static Finding Library(string name, string[] files, string without, string package, bool needed)
    {
        foreach (var file in files)
        {
            if (!NativeLibrary.TryLoad(file, out var handle))
                continue;
            NativeLibrary.Free(handle);
            return new Finding(name, Verdict.Good, file);
        }
        return new Finding(name, needed ? Verdict.Missing : Verdict.Absent, $"not found: {without}", $"install {package}");
    }

    /// <summary>The library, and whether a launcher is there or has started this process.</summary>
    static Finding Mpi()
    {
        var process = LaunchedProcess.Current;
        if (MpiProcessGroup.Describe(process) is not { } library)
            return new Finding("MPI", Verdict.Absent, "not found: one process only", "install openmpi-bin");
        if (process.World > 1)
            return new Finding("MPI", Verdict.Good, $"{library}; rank {process.Rank} of {process.World}, started by {process.Launcher}");
        return PathOf("mpirun") is { } launcher
            ? new Finding("MPI", Verdict.Good, $"{library}, {launcher}")
            : new Finding("MPI", Verdict.Absent, $"{library}, but no mpirun", "install openmpi-bin");
    }

    static string? PathOf(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    static Finding Program(string name, string without)
    {
        return PathOf(name) is not { } path
            ? new Finding(name, Verdict.Absent, $"not found: {without}", $"install {name}")
            : new Finding(name, Verdict.Good, path);
    }

    static Finding Memory() =>
        new("memory", Verdict.Good, $"{Gigabytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} GB");

    static Finding Disk(string folder)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return free >= LeastDisk
            ? new Finding("disk", Verdict.Good, $"{Gigabytes(free)} GB free in {folder}")
            : new Finding("disk", Verdict.Missing, $"{Gigabytes(free)} GB free in {folder}", $"a run wants {Gigabytes(LeastDisk)} GB or more");
    }

    static string Gigabytes(long bytes) => (bytes / (double)(1 << 30)).ToString("0.0", CultureInfo.InvariantCulture);
}
