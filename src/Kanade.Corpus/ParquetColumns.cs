using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using Parquet;
using Parquet.Schema;

namespace Kanade.Corpus;

/// <summary>Columns as arrays: what the manifest, the rejects and the shards write and read.</summary>
static class ParquetColumns
{
    /// <summary>Statistics and dictionaries are the library's; packing is Zstandard, which any reader knows, at a level that costs less than what it packs.</summary>
    internal static ParquetOptions Packed => new() { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };

    internal static async Task Write(ParquetRowGroupWriter group, DataField field, double[] values) => await group.WriteAsync<double>(field, values);

    internal static async Task Write(ParquetRowGroupWriter group, DataField field, int[] values) => await group.WriteAsync<int>(field, values);

    internal static async Task Write(ParquetRowGroupWriter group, DataField field, string[] values) => await group.WriteAsync(field, values);

    /// <summary>A list a row; none of them may be empty.</summary>
    internal static async Task WriteLists<T>(ParquetRowGroupWriter group, DataField field, IReadOnlyCollection<T[]> rows)
        where T : struct
    {
        var values = new T[rows.Sum(r => r.Length)];
        var levels = new int[values.Length];
        var at = 0;
        foreach (var row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfZero(row.Length);
            row.CopyTo(values, at);
            levels.AsSpan(at + 1, row.Length - 1).Fill(1); // 0 opens a row, 1 goes on with it
            at += row.Length;
        }
        await group.WriteAsync<T>(field, values, levels);
    }

    internal static async Task<T[]> Read<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T[group.RowCount];
        await group.ReadAsync<T>(field, values);
        return values;
    }

    internal static async Task<string[]> ReadText(ParquetRowGroupReader group, DataField field)
    {
        var values = new string?[group.RowCount];
        await group.ReadAsync(field, values.AsMemory());
        return Array.ConvertAll(values, v => v ?? "");
    }

    /// <summary>A column of a file from elsewhere; what is missing, or is no number in a column of numbers, is empty. Null where its type is neither text nor number.</summary>
    internal static async Task<string[]?> ReadAsText(ParquetRowGroupReader group, DataField field) => field.ClrType switch
    {
        // The library's own name for text is the second.
        var text when text == typeof(string) || text == typeof(ReadOnlyMemory<char>) => await ReadText(group, field),
        var number when number == typeof(double) => await ReadNumbers<double>(group, field),
        var number when number == typeof(float) => await ReadNumbers<float>(group, field),
        var number when number == typeof(int) => await ReadNumbers<int>(group, field),
        var number when number == typeof(long) => await ReadNumbers<long>(group, field),
        _ => null,
    };

    static async Task<string[]> ReadNumbers<T>(ParquetRowGroupReader group, DataField field)
        where T : struct, INumber<T>
    {
        if (!field.IsNullable)
            return Array.ConvertAll(await Read<T>(group, field), v => Written(v));
        var values = new T?[group.RowCount];
        await group.ReadAsync<T>(field, values.AsMemory());
        return Array.ConvertAll(values, Written);

        static string Written(T? value) => value is { } number && !T.IsNaN(number) ? number.ToString(null, CultureInfo.InvariantCulture) : "";
    }

    internal static async Task<T[][]> ReadLists<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var count = (int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0);
        var (values, definitions, repetitions) = (new T[count], new int[count], new int[count]);
        await group.ReadRawAsync<T>(field, values, definitions.AsMemory(), repetitions.AsMemory());
        var rows = new List<T[]>((int)group.RowCount);
        for (var start = 0; start < count;)
        {
            var end = start + 1;
            while (end < count && repetitions[end] != 0)
                end++;
            rows.Add(values[start..end]);
            start = end;
        }
        return [.. rows];
    }
}
