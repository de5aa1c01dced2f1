using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Torch;

/// <summary>Writes safetensors files: 8 bytes of header length, a JSON header, the tensors' bytes (little endian, contiguous).</summary>
public static unsafe class SafeTensors
{
    internal static readonly (ScalarType Type, string Name, int Size)[] Types =
    [
        (ScalarType.Float64, "F64", 8), (ScalarType.Float32, "F32", 4), (ScalarType.Float16, "F16", 2), (ScalarType.BFloat16, "BF16", 2),
        (ScalarType.Int64, "I64", 8), (ScalarType.Int32, "I32", 4), (ScalarType.Int16, "I16", 2), (ScalarType.Int8, "I8", 1),
        (ScalarType.Byte, "U8", 1), (ScalarType.Bool, "BOOL", 1),
    ];

    /// <summary>Writes beside, flushes to the disk and renames: the file is whole or not there.</summary>
    /// <param name="path">The file; replaced where it exists.</param>
    /// <param name="tensors">Any device, any strides.</param>
    /// <param name="metadata">Text beside the tensors.</param>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wide elements first keeps every tensor aligned; names in order make the bytes a function of the content.
        var ordered = tensors.OrderByDescending(t => t.Value.element_size()).ThenBy(t => t.Key, StringComparer.Ordinal).ToArray();
        var header = Header(ordered, metadata);
        var beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                file.Write(length);
                header.Position = 0;
                header.CopyTo(file);
                foreach (var (_, tensor) in ordered)
                    WriteBytes(file, tensor);
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    static MemoryStream Header(KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", NameOf(tensor.dtype, name));
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * tensor.element_size());
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        return header;
    }

    static string NameOf(ScalarType type, string tensor) => Types.FirstOrDefault(t => t.Type == type).Name
        ?? throw new ArgumentException($"{tensor}: safetensors has no {type}");

    static void WriteBytes(FileStream file, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var plain = tensor.detach().cpu().contiguous();
        if (plain.numel() == 0)
            return;
        var data = (byte*)Aten.DataPointer(plain);
        var left = plain.numel() * plain.element_size();
        while (left > 0)
        {
            var count = (int)Math.Min(left, 1 << 30);
            file.Write(new ReadOnlySpan<byte>(data, count));
            data += count;
            left -= count;
        }
    }
}
