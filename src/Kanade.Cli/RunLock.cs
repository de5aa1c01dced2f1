namespace Kanade.Cli;

/// <summary>Keeps two processes from writing into one run folder; the system lets go of it when a process dies.</summary>
static class RunLock
{
    /// <exception cref="IOException">Another process holds it.</exception>
    public static IDisposable Take(string folder)
    {
        var path = Path.Combine(folder, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{folder}: another kanade is writing here; wait for it, or give another --out", e);
        }
    }
}
