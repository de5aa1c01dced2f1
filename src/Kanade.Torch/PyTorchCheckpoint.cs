using System.IO.Compression;
using System.Numerics;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>A tensor of a PyTorch file that has not been read yet.</summary>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Strides">Elements from one index to the next, for each axis.</param>
/// <param name="Offset">Its first element in its storage.</param>
/// <param name="Storage">The storage's key; several tensors may share one.</param>
public sealed record PyTorchTensor(ScalarType Type, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset, string Storage);

/// <summary>
/// A file that <c>torch.save</c> wrote, in the zip form (PyTorch 1.6 and later) or the older one of pickles in a row. Nothing in it is
/// executed: tensors, numbers, strings and containers are read, all else is refused by name. Opening reads the structure; a tensor's
/// bytes are read when asked for.
/// </summary>
public sealed unsafe class PyTorchCheckpoint : IDisposable
{
    const long LongestPickle = 1 << 25;

    // 0x1950a86a20f9469cfc6c as Python pickles it: what the older form begins with.
    static readonly byte[] LegacyMagic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    sealed record Storage(string Key, ScalarType Type, long Count);

    readonly string _path;
    readonly FileStream _file;
    readonly ZipArchive? _zip;
    readonly string _folder = "";
    readonly Dictionary<string, Storage> _storages = [];
    readonly Dictionary<string, long> _positions = []; // of the older form: where a storage's bytes begin

    PyTorchCheckpoint(string path)
    {
        _path = path;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            var start = new byte[16];
            var count = _file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            _file.Position = 0;
            if (start.AsSpan(0, count).StartsWith("PK\x03\x04"u8))
            {
                _zip = OpenZip();
                _folder = Folder(_zip);
                Root = ReadZip(_zip);
            }
            else if (count == 16 && start[0] == 0x80 && start.AsSpan(2).StartsWith(LegacyMagic))
            {
                Root = ReadLegacy();
            }
            else
            {
                throw new InvalidDataException(Other(start.AsSpan(0, count)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a file and reads its structure.</summary>
    /// <exception cref="InvalidDataException">Not such a file, cut short, damaged, or with more in it than data. One line says what.</exception>
    public static PyTorchCheckpoint Open(string path) => new(path);

    /// <summary>
    /// What was saved: null, bool, long, <see cref="BigInteger"/>, double, string, byte[], <see cref="PyTorchTensor"/>,
    /// <c>IReadOnlyList&lt;object?&gt;</c> (lists, tuples, sets) and <c>IReadOnlyDictionary&lt;object, object?&gt;</c>, nested.
    /// </summary>
    public object? Root { get; }

    /// <summary>Copies a tensor out of the file, contiguous, on the CPU; it belongs to the current dispose scope.</summary>
    /// <exception cref="InvalidDataException">Its bytes are not all there.</exception>
    public Tensor Read(PyTorchTensor tensor)
    {
        var result = empty(tensor.Shape.ToArray(), tensor.Type);
        if (result.numel() == 0)
            return result;
        var span = 1 + tensor.Shape.Zip(tensor.Strides, (size, stride) => (size - 1) * stride).Sum(); // checked when the structure was read
        if (IsContiguous(tensor))
        {
            ReadBytes(tensor, (byte*)Aten.DataPointer(result), span);
            return result;
        }
        using var flat = empty(span, tensor.Type);
        ReadBytes(tensor, (byte*)Aten.DataPointer(flat), span);
        using var view = flat.as_strided(tensor.Shape.ToArray(), tensor.Strides.ToArray());
        return result.copy_(view);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zip?.Dispose();
        _file.Dispose();
    }

    ZipArchive OpenZip()
    {
        ZipArchive zip;
        try
        {
            zip = new ZipArchive(_file, ZipArchiveMode.Read, leaveOpen: true);
            // Reading the list of entries is where a file that was cut short shows.
            if (zip.Entries.Count == 0)
                throw new InvalidDataException("it holds nothing");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw new InvalidDataException($"{_path}: cut short or damaged: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}; fetch it again", e);
        }
        var total = 0L;
        foreach (var entry in zip.Entries)
        {
            // PyTorch stores without compression. What claims more bytes than the file has can only be a bomb or damage.
            if (entry.CompressedLength != entry.Length)
                throw new InvalidDataException($"{_path}: refused: '{entry.FullName}' is compressed, which PyTorch does not do: unpack and save it again");
            total += entry.Length;
            if (total > _file.Length)
                throw new InvalidDataException($"{_path}: refused: its entries claim more bytes than the file has");
        }
        return zip;
    }

    string Folder(ZipArchive zip) => zip.Entries.FirstOrDefault(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)) is { } entry
        ? entry.FullName[..^"data.pkl".Length]
        : throw new InvalidDataException(
            zip.Entries.Any(e => e.FullName.EndsWith("constants.pkl", StringComparison.Ordinal))
                ? $"{_path}: holds a TorchScript program, not a checkpoint"
                : $"{_path}: a zip archive, but not one that torch.save wrote (it holds no data.pkl)");

    object? ReadZip(ZipArchive zip)
    {
        if (zip.GetEntry(_folder + "byteorder") is { Length: < 16 } order)
        {
            using var reader = new StreamReader(order.Open());
            if (reader.ReadToEnd() is not "little")
                throw new InvalidDataException($"{_path}: was saved on a big-endian machine, which is not read");
        }
        if (zip.GetEntry(_folder + "code/") is not null || zip.GetEntry(_folder + "constants.pkl") is not null)
            throw new InvalidDataException($"{_path}: holds a TorchScript program, not a checkpoint");
        var pickle = zip.GetEntry(_folder + "data.pkl")!;
        if (pickle.Length > LongestPickle)
            throw new InvalidDataException($"{_path}: its pickle has {pickle.Length >> 20} MiB: not a model's checkpoint");
        using var stream = Entry(pickle);
        using var buffered = new BufferedStream(stream, 1 << 16);
        return new Unpickler(buffered, _path, LoadStorage, Rebuild).Read();
    }

    /// <summary>The form before PyTorch 1.6: a magic number, a version, the system, the object, the storages' keys, each a pickle; then the
    /// storages, each its number of elements and its bytes.</summary>
    object? ReadLegacy()
    {
        Plain();                                                                            // the magic number
        if (Plain() is not 1001L)
            throw new InvalidDataException($"{_path}: a version of the PyTorch format that is not known");
        if (Plain() is IReadOnlyDictionary<object, object?> system && system.TryGetValue("little_endian", out var little) && little is false)
            throw new InvalidDataException($"{_path}: was saved on a big-endian machine, which is not read");
        var root = new Unpickler(_file, _path, LoadStorage, Rebuild).Read();
        if (Plain() is not IReadOnlyList<object?> keys)
            throw new InvalidDataException($"{_path}: damaged: it does not list its storages");
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (key is not string name || !_storages.TryGetValue(name, out var storage))
                throw new InvalidDataException($"{_path}: damaged: it lists a storage that nothing uses");
            if (_file.ReadAtLeast(count, 8, throwOnEndOfStream: false) < 8)
                throw Truncated();
            if (BitConverter.ToInt64(count) != storage.Count)
                throw new InvalidDataException($"{_path}: damaged: storage {name} has not the size that it is said to have");
            _positions[name] = _file.Position;
            var end = _file.Position + storage.Count * storage.Type.ElementSize();
            if (end > _file.Length)
                throw Truncated();
            _file.Position = end;
        }
        return root;
    }

    object? Plain() => new Unpickler(_file, _path,
        _ => throw new InvalidDataException($"{_path}: damaged: a storage where there can be none"),
        (name, _) => throw new InvalidDataException($"{_path}: damaged: {name} where there can be none")).Read();

    Storage LoadStorage(IReadOnlyList<object?> id)
    {
        if (id is not ["storage", Unpickler.Global type, var name, string, var size, ..] || size is not (long and >= 0))
            throw new InvalidDataException($"{_path}: damaged: a storage is not described as PyTorch does");
        if (id.Count > 5 && id[5] is not null)
            throw new InvalidDataException($"{_path}: holds views of storages, as PyTorch before 0.4 wrote: load and save it with a newer one");
        var key = Convert.ToString(name, System.Globalization.CultureInfo.InvariantCulture) ?? "";
        var storage = new Storage(key, TypeOf(type.Name), (long)size);
        if (storage.Count > _file.Length / storage.Type.ElementSize())
            throw new InvalidDataException($"{_path}: cut short: storage {key} shall have {storage.Count} elements, the file has {_file.Length} bytes");
        if (_zip is not null && _zip.GetEntry($"{_folder}data/{key}") is var entry
            && (entry is null || entry.Length != storage.Count * storage.Type.ElementSize()))
            throw new InvalidDataException(
                $"{_path}: cut short or damaged: storage {key} shall have {storage.Count * storage.Type.ElementSize()} bytes and has {entry?.Length ?? 0}");
        if (_storages.TryGetValue(key, out var known) && known != storage)
            throw new InvalidDataException($"{_path}: damaged: storage {key} is described in two ways");
        _storages[key] = storage;
        return storage;
    }

    PyTorchTensor Rebuild(string function, IReadOnlyList<object?> arguments)
    {
        if (function == "torch._utils._rebuild_parameter" && arguments is [PyTorchTensor parameter, ..])
            return parameter;
        if (arguments is not [Storage storage, long offset, IReadOnlyList<object?> sizes, IReadOnlyList<object?> steps, ..])
            throw new InvalidDataException($"{_path}: damaged: a tensor is not described as PyTorch does");
        var (shape, strides) = (sizes.OfType<long>().ToArray(), steps.OfType<long>().ToArray());
        if (shape.Length != sizes.Count || strides.Length != shape.Length || offset < 0 || shape.Any(s => s < 0) || strides.Any(s => s < 0))
            throw new InvalidDataException($"{_path}: damaged: a tensor has no possible shape");
        var (elements, last) = ((Int128)1, (Int128)offset);
        for (var i = 0; i < shape.Length; i++)
        {
            elements *= shape[i];
            last += (Int128)(shape[i] - 1) * strides[i];
            if (elements > storage.Count) // also ends the product before it could overflow
                throw new InvalidDataException($"{_path}: refused: a tensor [{string.Join(", ", shape.Take(8))}] is larger than its storage of {storage.Count}");
        }
        if (elements > 0 && last >= storage.Count)
            throw new InvalidDataException($"{_path}: damaged: a tensor [{string.Join(", ", shape.Take(8))}] reaches beyond its storage of {storage.Count}");
        return new PyTorchTensor(storage.Type, shape, strides, offset, storage.Key);
    }

    void ReadBytes(PyTorchTensor tensor, byte* target, long elements)
    {
        var size = (long)tensor.Type.ElementSize();
        var (skip, left) = (tensor.Offset * size, elements * size);
        using var stream = _zip is null ? null : Entry(_zip.GetEntry($"{_folder}data/{tensor.Storage}")!);
        if (stream is null)
            _file.Position = _positions.TryGetValue(tensor.Storage, out var position) ? position + skip : throw Truncated();
        else
            Skip(stream, skip);
        var source = stream ?? _file;
        while (left > 0)
        {
            var count = source.Read(new Span<byte>(target, (int)Math.Min(left, 1 << 24)));
            if (count == 0)
                throw Truncated();
            target += count;
            left -= count;
        }
    }

    void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position = count;
            return;
        }
        var buffer = new byte[(int)Math.Min(count, 1 << 16)];
        for (; count > 0; count -= buffer.Length)
            if (stream.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count)), (int)Math.Min(buffer.Length, count), throwOnEndOfStream: false)
                < Math.Min(buffer.Length, count))
                throw Truncated();
    }

    Stream Entry(ZipArchiveEntry entry)
    {
        try
        {
            return entry.Open();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_path}: '{entry.FullName}' is damaged: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    static bool IsContiguous(PyTorchTensor tensor)
    {
        var step = 1L;
        for (var i = tensor.Shape.Count - 1; i >= 0; i--)
        {
            if (tensor.Shape[i] != 1 && tensor.Strides[i] != step)
                return false;
            step *= tensor.Shape[i];
        }
        return true;
    }

    ScalarType TypeOf(string storage) => storage switch
    {
        "torch.FloatStorage" => ScalarType.Float32,
        "torch.DoubleStorage" => ScalarType.Float64,
        "torch.HalfStorage" => ScalarType.Float16,
        "torch.BFloat16Storage" => ScalarType.BFloat16,
        "torch.LongStorage" => ScalarType.Int64,
        "torch.IntStorage" => ScalarType.Int32,
        "torch.ShortStorage" => ScalarType.Int16,
        "torch.CharStorage" => ScalarType.Int8,
        "torch.ByteStorage" => ScalarType.Byte,
        "torch.BoolStorage" => ScalarType.Bool,
        _ => throw new InvalidDataException($"{_path}: refused: a storage of the class '{storage}'"),
    };

    string Other(ReadOnlySpan<byte> start) => start switch
    {
        [] => $"{_path}: empty",
        [0x80, ..] => $"{_path}: a pickle, but not one that torch.save wrote",
        _ when _file.Length > 262 && IsTar() => $"{_path}: the tar form of PyTorch before 0.1.10: load and save it with a newer one",
        _ => $"{_path}: not a PyTorch checkpoint (it begins with {Convert.ToHexStringLower(start[..Math.Min(4, start.Length)])})",
    };

    bool IsTar()
    {
        _file.Position = 257;
        Span<byte> mark = stackalloc byte[5];
        return _file.ReadAtLeast(mark, 5, throwOnEndOfStream: false) == 5 && Encoding.ASCII.GetString(mark) == "ustar";
    }

    InvalidDataException Truncated() => new($"{_path}: cut short: it ends within its tensors; fetch it again");
}
