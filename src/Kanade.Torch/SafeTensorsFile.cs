using System.IO.MemoryMappedFiles;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>A safetensors file mapped into memory: opening reads the header only, a tensor is copied when asked for.</summary>
public sealed unsafe class SafeTensorsFile : IDisposable
{
    const long LongestHeader = 100_000_000;

    sealed record Entry(ScalarType Type, long[] Shape, long Begin, long End);

    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly Dictionary<string, Entry> _entries = [];
    readonly Dictionary<string, string> _metadata = [];
    readonly string _path;
    readonly long _dataStart;

    SafeTensorsFile(string path, long length)
    {
        _path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        try
        {
            _dataStart = ReadHeader(length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="InvalidDataException">Not safetensors, truncated, or its header contradicts itself.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var length = new FileInfo(path).Length;
        return length >= 8 ? new SafeTensorsFile(path, length) : throw new InvalidDataException($"{path}: not a safetensors file (only {length} bytes)");
    }

    /// <summary>The tensors' names in the order of the file's header.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The text beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Whether the file holds a tensor of this name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>The sizes of a tensor.</summary>
    /// <exception cref="InvalidDataException">The file has no tensor of this name.</exception>
    public IReadOnlyList<long> Shape(string name) => Find(name).Shape;

    /// <summary>The element type of a tensor.</summary>
    /// <exception cref="InvalidDataException">The file has no tensor of this name.</exception>
    public ScalarType Type(string name) => Find(name).Type;

    /// <summary>Copies a tensor out of the file; it belongs to the current dispose scope.</summary>
    /// <exception cref="InvalidDataException">The file has no tensor of this name.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var tensor = empty(entry.Shape, entry.Type);
        CopyTo(entry, tensor);
        return tensor;
    }

    /// <summary>Copies a tensor into one of the same shape and type on the CPU.</summary>
    /// <exception cref="ArgumentException">Shape or type differ, or the target is elsewhere or not contiguous.</exception>
    public void ReadInto(string name, Tensor target)
    {
        var entry = Find(name);
        if (!entry.Shape.AsSpan().SequenceEqual(target.shape) || entry.Type != target.dtype || target.device_type != DeviceType.CPU)
            throw new ArgumentException($"{_path}: {name} is {entry.Type} [{string.Join(", ", entry.Shape)}], the target is not", nameof(target));
        CopyTo(entry, target);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    void CopyTo(Entry entry, Tensor target)
    {
        var size = entry.End - entry.Begin;
        if (size == 0)
            return;
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            Buffer.MemoryCopy(start + _dataStart + entry.Begin, (void*)Aten.DataPointer(target), size, size);
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    Entry Find(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new InvalidDataException($"{_path}: holds no tensor '{name}'");

    long ReadHeader(long length)
    {
        var size = _view.ReadInt64(0);
        if (size <= 0 || size > LongestHeader || size > length - 8)
            throw new InvalidDataException($"{_path}: not a safetensors file, or cut short (header of {size} bytes in a file of {length})");
        var bytes = new byte[size];
        _view.ReadArray(8, bytes, 0, (int)size);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    foreach (var text in property.Value.EnumerateObject())
                        _metadata[text.Name] = text.Value.GetString() ?? "";
                else
                    _entries[property.Name] = Parse(property.Name, property.Value, length - 8 - size);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{_path}: the header is not that of a safetensors file ({e.Message})", e);
        }
        return 8 + size;
    }

    Entry Parse(string name, JsonElement element, long available)
    {
        var typeName = element.GetProperty("dtype").GetString();
        var (type, known, elementSize) = SafeTensors.Types.FirstOrDefault(t => t.Name == typeName);
        if (known is null)
            throw new InvalidDataException($"{_path}: {name} has the type {typeName}, which is not supported");
        var shape = element.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToArray();
        var offsets = element.GetProperty("data_offsets");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
        var expected = (Int128)elementSize;
        foreach (var size in shape)
            expected *= Math.Max(size, 0);
        if (begin < 0 || end < begin || end > available || end - begin != expected)
            throw new InvalidDataException($"{_path}: {name} [{string.Join(", ", shape)}] lies at bytes {begin} to {end} of {available}: cut short or damaged");
        return new Entry(type, shape, begin, end);
    }
}
