using System.Text.Json.Serialization;

namespace Kanade.Corpus;

/// <summary>What a cache holds.</summary>
/// <param name="Key">What decided how the texts were read.</param>
/// <param name="Shards">In the order of the text; what occurs twice stands here twice.</param>
/// <param name="Words">The most frequent words.</param>
sealed record TextIndex(string Key, IReadOnlyList<TextShardEntry> Shards, IReadOnlyList<string> Words);

/// <summary>A shard of the index.</summary>
sealed record TextShardEntry(string Name, string Hash, long Symbols, PhonemeShardCounts Counts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TextIndex))]
sealed partial class TextCacheJson : JsonSerializerContext;
