using System.IO.MemoryMappedFiles;

namespace Kanade.Text;

/// <summary>A whole file mapped read-only: the pages belong to the system's cache, so many processes share one dictionary.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;

    public MappedFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
        if (Length == 0)
            throw new InvalidDataException($"{path}: empty file: reinstall the dictionary (apt-get install --reinstall open-jtalk-mecab-naist-jdic)");
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start + _view.PointerOffset;
    }

    public string Path { get; }

    public byte* Start { get; }

    public long Length { get; }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
