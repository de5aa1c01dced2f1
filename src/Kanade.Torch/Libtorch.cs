using System.Runtime.InteropServices;
using TorchSharp;

namespace Kanade.Torch;

/// <summary>Loads the native libraries. Nothing of TorchSharp may be touched before <see cref="Load"/>.</summary>
public static partial class Libtorch
{
    /// <summary>The version whose C++ symbols <see cref="Aten"/>, <see cref="Autocast"/> and <see cref="GradientHook"/> are written against.</summary>
    public const string Version = "2.10.0";

    static readonly Lock Gate = new();
    static bool _loaded;

    /// <summary>
    /// Loads libtorch and TorchSharp's glue from beside the program; where the system's libstdc++ is older than the glue wants
    /// (Debian 12, Ubuntu 22.04) a patched image of the glue is loaded from memory, and TorchSharp's own later request for
    /// <c>libLibTorchSharp.so</c> finds it by its SONAME. Cheap when already loaded.
    /// </summary>
    /// <exception cref="DllNotFoundException">A library is missing or does not load; the message says which and why in one line.</exception>
    public static void Load()
    {
        lock (Gate)
        {
            if (_loaded)
                return;
            if (OperatingSystem.IsLinux())
            {
                // OpenMP's threads spin while they wait, and on a machine that others use too that costs more than it saves. Read when
                // libtorch loads; a setting of the user's own stands.
                _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
                ScalarLifetime.Install(LoadForLinux());
            }
            torch.InitializeDeviceType(DeviceType.CPU);
            _loaded = true;
        }
    }

    /// <returns>The handle of TorchSharp's glue.</returns>
    static nint LoadForLinux()
    {
        const string glue = "libLibTorchSharp.so";
        var folders = new[]
        {
            AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        };
        var folder = folders.FirstOrDefault(f => File.Exists(Path.Combine(f, glue)) && File.Exists(Path.Combine(f, "libtorch_cpu.so")))
            ?? throw new DllNotFoundException(
                $"{glue} and libtorch_cpu.so are not beside the program ({AppContext.BaseDirectory}): restore and build it again");
        foreach (var name in new[] { "libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so" })
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
                continue; // the CUDA libraries exist only in a build with -p:TorchBackend=cuda
            Open(path, path);
        }
        var original = Path.Combine(folder, glue);
        if (NativeLibrary.TryLoad(original, out var handle))
            return handle; // libstdc++ is new enough
        var image = File.ReadAllBytes(original);
        bool patched;
        try
        {
            patched = ElfVersionPatch.Apply(image);
        }
        catch (InvalidDataException e)
        {
            throw new DllNotFoundException($"{original}: {e.Message}", e);
        }
        return patched
            ? LoadFromMemory(image, original)
            : Open(original, original); // fails again, this time with the loader's reason
    }

    /// <summary>An anonymous file in memory needs no writable folder and leaves nothing behind.</summary>
    static nint LoadFromMemory(byte[] image, string origin)
    {
        var descriptor = MemfdCreate(Path.GetFileName(origin), 1 /* MFD_CLOEXEC */);
        if (descriptor < 0)
            throw new DllNotFoundException($"{origin}: memfd_create failed, error {Marshal.GetLastPInvokeError()}");
        var path = $"/proc/self/fd/{descriptor}";
        try
        {
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
                file.Write(image);
            return Open(path, origin);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    static nint Open(string path, string origin)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException($"{origin} does not load: {e.Message.ReplaceLineEndings(" ").Trim()}", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
