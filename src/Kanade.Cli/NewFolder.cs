namespace Kanade.Cli;

/// <summary>A folder that a verb makes: whole or not there.</summary>
static class NewFolder
{
    /// <exception cref="UsageException">The folder holds something, or is a file.</exception>
    public static void Require(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new UsageException($"--out: {folder} is there already; name a folder that is not");
    }

    /// <summary>Fills a folder beside, then renames it.</summary>
    /// <param name="folder">Not there, or empty.</param>
    /// <param name="write">Given the folder to write into.</param>
    public static void Make(string folder, Action<string> write)
    {
        var whole = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar);
        var beside = $"{whole}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(beside);
            write(beside);
            if (Directory.Exists(whole))
                Directory.Delete(whole); // empty: Require looked
            Directory.Move(beside, whole);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
        }
    }
}
