namespace Kanade.Models;

/// <summary>Sizes that a published checkpoint does not tell in words but in the shapes of its tensors.</summary>
/// <param name="checkpoint">Whose shapes are read.</param>
public sealed class UpstreamSizes(UpstreamCheckpoint checkpoint)
{
    /// <summary>The sizes of its PL-BERT.</summary>
    /// <param name="heads">Attention heads, which no shape tells; null for heads of 64 channels, as in every published one.</param>
    public PhonemeBertConfig Bert(int? heads)
    {
        const string network = "bert";
        var (symbols, hidden, layer) = (Shape(network, "embeddings.word_embeddings.weight", 2), Shape(network, "encoder.embedding_hidden_mapping_in.weight", 2),
            Shape(network, "encoder.albert_layer_groups.0.albert_layers.0.ffn.weight", 2));
        var count = heads ?? Math.Max(1, hidden[0] / 64);
        if (count < 1 || hidden[0] % count != 0)
            throw new CheckpointException($"{checkpoint.Path}: PL-BERT has {hidden[0]} channels, which {count} attention heads do not divide: give its own --plbert-config");
        return new PhonemeBertConfig(
            symbols[0], hidden[0], count, layer[0], Positions: Shape(network, "embeddings.position_embeddings.weight", 2)[0], Embedding: symbols[1]);
    }

    /// <summary>The sizes of its aligner, and the mel bands and symbols that it takes.</summary>
    public (AlignerConfig Sizes, int Mels, int Symbols) Aligner()
    {
        const string network = "text_aligner";
        var embedding = Shape(network, "asr_s2s.embedding.weight", 2);
        return (new AlignerConfig(Shape(network, "init_cnn.conv.weight", 3)[0], embedding[1], Count(network, "cnns.", 6)), Shape(network, "to_mfcc.dct_mat", 2)[0], embedding[0]);
    }

    /// <summary>The sizes of its pitch extractor.</summary>
    public PitchConfig Pitch() => new(Channels: Shape("pitch_extractor", "conv_block.0.weight", 4)[0], Gated: false);

    /// <summary>How many of something a network has, by the largest number that follows a prefix.</summary>
    /// <param name="network">The network.</param>
    /// <param name="prefix">For example <c>lstm.blocks.</c>.</param>
    /// <param name="otherwise">What it is where the network has none: the comparison then says what is missing.</param>
    public int Count(string network, string prefix, int otherwise)
    {
        var count = checkpoint.Networks.TryGetValue(network, out var states) ? UpstreamNames.Count(states.Keys, prefix) : 0;
        return count is > 0 and < 1000 ? count : otherwise;
    }

    /// <summary>One size of a tensor, or another number where it is not there.</summary>
    public int Size(string network, string state, int axis, int otherwise) =>
        checkpoint.Networks.TryGetValue(network, out var states) && states.TryGetValue(state, out var tensor) && tensor.Shape.Count > axis
            ? (int)Math.Min(tensor.Shape[axis], int.MaxValue)
            : otherwise;

    /// <summary>Whether a network has a tensor of this name.</summary>
    public bool Has(string network, string state) => checkpoint.Networks.TryGetValue(network, out var states) && states.ContainsKey(state);

    int[] Shape(string network, string state, int axes) =>
        checkpoint.Networks.TryGetValue(network, out var states) && states.TryGetValue(state, out var tensor) && tensor.Shape.Count == axes
        && tensor.Shape.All(s => s is > 0 and < 1 << 24)
            ? [.. tensor.Shape.Select(s => (int)s)]
            : throw new CheckpointException($"{checkpoint.Path}: holds no whole {network}: {state} is missing or has not {axes} axes");
}
