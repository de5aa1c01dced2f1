using System.Runtime.InteropServices;

namespace Kanade.Torch;

/// <summary>What becomes of the memory of freed tensors, which the C library's allocator decides: libtorch has no pool of its own on a processor.</summary>
public static partial class FreedMemory
{
    static readonly string[] UsersOwn = ["GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"];

    /// <summary>
    /// Has glibc keep it for the next tensors. By default it gives blocks of more than a few megabytes back to the kernel at once, which then clears and maps the same pages again for
    /// each operator of each step: of the processor time of a small aligner's training, a third. The user's own settings (<c>mallopt(3)</c>) stand. For trainings, whose steps are alike: a long text's parts are not,
    /// and synthesis would take up to twice the memory.
    /// </summary>
    public static void Keep()
    {
        const int trimThreshold = -1, topPad = -2, mmapThreshold = -3;
        if (UsersOwn.Any(name => Environment.GetEnvironmentVariable(name) is not null))
            return;
        try
        {
            _ = SetOption(mmapThreshold, 1 << 30);
            _ = SetOption(trimThreshold, int.MaxValue);
            _ = SetOption(topPad, 1 << 26);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc (musl has no such options): slower, and as right.
        }
    }

    /// <summary>Gives all of it back. Kept blocks of many sizes leave gaps that fit nothing, which grow over thousands of steps: a run calls this from time to time.</summary>
    public static void Release()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: nothing was kept.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
