using Microsoft.Win32.SafeHandles;

namespace Kanade.Corpus;

/// <summary>A file without a name, for what memory should not hold: however the program ends, nothing of it stays on the disk.</summary>
sealed class SpillFile : IDisposable
{
    readonly string _folder;
    readonly SafeFileHandle _handle;

    /// <param name="folder">On whose disk.</param>
    internal SpillFile(string folder)
    {
        _folder = folder;
        var path = Path.Combine(folder, $".{Guid.NewGuid():N}{AtomicFile.Unfinished}");
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        File.Delete(path);
    }

    /// <summary>Bytes so far.</summary>
    internal long Length { get; private set; }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, Length);
            Length += bytes.Length;
        }
        catch (IOException e) when (AtomicFile.IsFull(e))
        {
            throw AtomicFile.Full(_folder, e);
        }
    }

    /// <summary>A stretch of the file, to be read from its beginning; several may be open at once.</summary>
    internal BinaryReader Open(long start, long end) => new(new BufferedStream(new Stretch(_handle, start, end), (int)Math.Clamp(end - start, 1, 1 << 16)));

    public void Dispose() => _handle.Dispose();

    sealed class Stretch(SafeFileHandle handle, long at, long end) : ForwardStream
    {
        long _at = at;

        public override int Read(Span<byte> buffer)
        {
            var read = RandomAccess.Read(handle, buffer[..(int)Math.Min(buffer.Length, end - _at)], _at);
            _at += read;
            return read;
        }
    }
}
