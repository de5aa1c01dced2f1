namespace Kanade.Corpus;

/// <summary>Files that are complete or not there at all.</summary>
static class AtomicFile
{
    internal const string Unfinished = ".part";
    const int NoSpace = 28, QuotaExceeded = 122; // errno of Linux

    /// <summary>Writes beside the place, flushes to the disk, renames. Whatever fails leaves the old file as it was and nothing beside it.</summary>
    internal static void Write(string path, Action<Stream> write)
    {
        var unfinished = path + Unfinished;
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 18))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(unfinished);
            if (IsFull(e))
                throw Full(path, e);
            throw;
        }
    }

    internal static bool IsFull(Exception e) => e is IOException { HResult: NoSpace or QuotaExceeded };

    internal static IOException Full(string path, Exception e) =>
        new($"{path}: the disk is full: free some space there, then the same command goes on with what is saved", e);
}
