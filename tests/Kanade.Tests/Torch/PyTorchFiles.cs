using System.IO.Compression;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

/// <summary>Writes files as <c>torch.save</c> lays them out, and ones that it never would.</summary>
static class PyTorchFiles
{
    /// <summary>A zip of a pickle and storages; nothing is compressed.</summary>
    public static string Zip(string path, byte[] pickle, params (string Key, byte[] Bytes)[] storages)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", pickle, CompressionLevel.NoCompression);
        foreach (var (key, bytes) in storages)
            Add(zip, "archive/data/" + key, bytes, CompressionLevel.NoCompression);
        return path;
    }

    public static void Add(ZipArchive zip, string name, byte[] bytes, CompressionLevel level)
    {
        using var stream = zip.CreateEntry(name, level).Open();
        stream.Write(bytes);
    }

    /// <summary>Pickle instructions: numbers are bytes, texts are taken as Latin-1.</summary>
    public static byte[] Pickle(params object[] parts) =>
        [.. parts.SelectMany(p => p is string text ? Encoding.Latin1.GetBytes(text) : [Convert.ToByte(p, System.Globalization.CultureInfo.InvariantCulture)])];

    /// <summary>A text on the pickle's stack.</summary>
    public static string Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return "X" + Encoding.Latin1.GetString(BitConverter.GetBytes(bytes.Length)) + Encoding.Latin1.GetString(bytes);
    }

    /// <summary>A whole number on the pickle's stack.</summary>
    public static string Number(int number) => "J" + Encoding.Latin1.GetString(BitConverter.GetBytes(number));

    /// <summary>A persistent id: a storage of so many elements.</summary>
    public static string Storage(string type, string key, int count) =>
        $"({Text("storage")}ctorch\n{type}\n{Text(key)}{Text("cpu")}{Number(count)}tQ";

    /// <summary>A tensor on the pickle's stack.</summary>
    public static string Tensor(string storage, int offset, int[] shape, int[] strides) =>
        $"ctorch._utils\n_rebuild_tensor_v2\n({storage}{Number(offset)}{Tuple(shape)}{Tuple(strides)}\u0089ccollections\nOrderedDict\n)RtR";

    /// <summary>A dictionary whose keys are texts.</summary>
    public static string Dictionary(params (string Key, string Value)[] items) =>
        "}(" + string.Concat(items.Select(i => Text(i.Key) + i.Value)) + "u";

    /// <summary>Dictionaries of dictionaries of states: a checkpoint of many networks.</summary>
    public static void Save(string path, Dictionary<string, Dictionary<string, Dictionary<string, Tensor>>> checkpoint)
    {
        var storages = new List<(string, byte[])>();
        var pickle = Dictionary([.. checkpoint.Select(part => (part.Key, Dictionary([.. part.Value.Select(network => (network.Key, State(network.Value, storages)))])))]);
        Zip(path, Pickle("\u0080\u0002", pickle, "."), [.. storages]);
    }

    /// <summary>One state under a key, as networks are published alone.</summary>
    public static void SaveAlone(string path, string key, IReadOnlyDictionary<string, Tensor> state)
    {
        var storages = new List<(string, byte[])>();
        var pickle = Dictionary((key, State(state, storages)), ("epoch", Number(3)));
        Zip(path, Pickle("\u0080\u0002", pickle, "."), [.. storages]);
    }

    static string State(IReadOnlyDictionary<string, Tensor> state, List<(string, byte[])> storages) => Dictionary([.. state.Select(t =>
    {
        using var plain = t.Value.detach().contiguous();
        var key = storages.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        storages.Add((key, plain.bytes.ToArray()));
        var strides = plain.shape.Length == 0 ? [] : plain.stride();
        var type = plain.dtype switch
        {
            ScalarType.Float32 => "FloatStorage",
            ScalarType.Float16 => "HalfStorage",
            ScalarType.Int64 => "LongStorage",
            _ => throw new ArgumentException($"{t.Key}: {plain.dtype}"),
        };
        return (t.Key, Tensor(Storage(type, key, (int)plain.numel()), 0, Array.ConvertAll(plain.shape, s => (int)s), Array.ConvertAll(strides, s => (int)s)));
    })]);

    static string Tuple(int[] numbers) => "(" + string.Concat(numbers.Select(Number)) + "t";
}
