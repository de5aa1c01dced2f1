namespace Kanade.Corpus;

/// <summary>Files that are complete or not there at all.</summary>
static class AtomicFile
{
    internal const string Unfinished = ".part";

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
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
