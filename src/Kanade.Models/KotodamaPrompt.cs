using Kanade.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Sizes of <see cref="KotodamaPrompt"/>; the defaults are those of the base Japanese DeBERTa V3 that Tsukasa starts from.</summary>
/// <param name="Tokens">Vocabulary of the tokenizer.</param>
/// <param name="Hidden">E; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeedForward">Features between the two feed-forward layers.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Buckets">Distances told apart on each side; near ones exactly, far ones by their logarithm.</param>
/// <param name="FarthestDistance">The distance from which on all share the last bucket. Not a limit of the length.</param>
/// <param name="Style">2S, size of the predicted style vector.</param>
/// <param name="Dropout">Probability, in training mode.</param>
public sealed record KotodamaPromptConfig(
    int Tokens = 32000, int Hidden = 768, int Heads = 12, int FeedForward = 3072, int Layers = 12,
    int Buckets = 256, int FarthestDistance = 512, int Style = 256, double Dropout = 0.1);

/// <summary>Predicts a style vector from a description of a voice ("a calm, low voice"): DeBERTa (He et al. 2021) and a head on its first token.
/// Descriptions of any length.</summary>
public sealed class KotodamaPrompt : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "backbone")] readonly DebertaEncoder _backbone;
    [ComponentName(Name = "output")] readonly Sequential _head;

    /// <param name="config">The sizes.</param>
    public KotodamaPrompt(KotodamaPromptConfig config) : base(nameof(KotodamaPrompt))
    {
        _backbone = new DebertaEncoder(config);
        _head = KotodamaHead.Create(config.Hidden, config.Style);
        RegisterComponents();
    }

    /// <param name="ids">(B, T) int64 tokens, the first of them the classification token.</param>
    /// <param name="keep">(B, T) int64, 1 where there is a token, 0 in the padding after it.</param>
    /// <returns>(B, 2S) style vectors, acoustic half first.</returns>
    public override Tensor forward(Tensor ids, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var first = _backbone.call(ids, keep).select(1, 0);                         // (B, E)
        return _head.call(first).MoveToOuterDisposeScope();
    }
}

/// <summary>The two layers that turn a sentence's vector into a style.</summary>
internal static class KotodamaHead
{
    const int Width = 512;
    const double Slope = 0.2;
    const double InitialDeviation = 0.02;

    public static Sequential Create(int hidden, int style) =>
        nn.Sequential(nn.Linear(hidden, Width), nn.LeakyReLU(Slope), nn.Linear(Width, style));

    /// <summary>The initial weights of BERT's family: small normal matrices, no offsets.</summary>
    public static void Initialise(nn.Module backbone)
    {
        using var noGradient = no_grad();
        foreach (var (name, parameter) in backbone.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal))
                nn.init.zeros_(parameter);
            else if (parameter.dim() == 2)
                nn.init.normal_(parameter, 0, InitialDeviation);
    }
}

/// <summary>DeBERTa V2/V3's encoder: attention by content and by relative position, each to the other ("disentangled").</summary>
internal sealed class DebertaEncoder : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "embeddings")] readonly DebertaEmbedding _embedding;
    [ComponentName(Name = "encoder")] readonly DebertaLayers _encoder;

    public DebertaEncoder(KotodamaPromptConfig config) : base(nameof(DebertaEncoder))
    {
        _embedding = new DebertaEmbedding(config);
        _encoder = new DebertaLayers(config);
        RegisterComponents();
        KotodamaHead.Initialise(this);
    }

    /// <param name="ids">(B, T).</param>
    /// <param name="keep">(B, T).</param>
    /// <returns>(B, T, E).</returns>
    public override Tensor forward(Tensor ids, Tensor keep) => _encoder.call(_embedding.call(ids, keep), keep);
}

/// <summary>Token embeddings, normalised; no positions, which only attention knows.</summary>
internal sealed class DebertaEmbedding : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "word_embeddings")] readonly Embedding _tokens;
    [ComponentName(Name = "LayerNorm")] readonly LayerNorm _norm;
    readonly double _dropout;

    public DebertaEmbedding(KotodamaPromptConfig config) : base(nameof(DebertaEmbedding))
    {
        _tokens = nn.Embedding(config.Tokens, config.Hidden, padding_idx: 0);
        _norm = nn.LayerNorm(config.Hidden, DebertaLayers.Epsilon);
        _dropout = config.Dropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var x = _norm.call(_tokens.call(ids)) * keep.unsqueeze(-1);                 // (B, T, E)
        return F.dropout(x, _dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The layers and the embeddings of relative positions that all of them share.</summary>
internal sealed class DebertaLayers : nn.Module<Tensor, Tensor, Tensor>
{
    internal const double Epsilon = 1e-7;

    [ComponentName(Name = "layer")] readonly ModuleList<DebertaLayer> _layers;
    [ComponentName(Name = "rel_embeddings")] readonly Embedding _distances;
    [ComponentName(Name = "LayerNorm")] readonly LayerNorm _norm;
    readonly int _buckets;
    readonly int _farthest;

    public DebertaLayers(KotodamaPromptConfig config) : base(nameof(DebertaLayers))
    {
        _layers = new ModuleList<DebertaLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new DebertaLayer(config))]);
        _distances = nn.Embedding(2 * config.Buckets, config.Hidden);
        _norm = nn.LayerNorm(config.Hidden, Epsilon);
        (_buckets, _farthest) = (config.Buckets, config.FarthestDistance);
        RegisterComponents();
    }

    /// <param name="x">(B, T, E).</param>
    /// <param name="keep">(B, T).</param>
    /// <returns>(B, T, E).</returns>
    public override Tensor forward(Tensor x, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var hidden = keep.eq(0).reshape(keep.shape[0], 1, 1, -1);                   // (B, 1, 1, T)
        var distances = _norm.call(_distances.weight!);                             // (2K, E)
        var buckets = DistanceBuckets(x.shape[1], _buckets, _farthest, x.device);   // (T, T)
        foreach (var layer in _layers)
            x = layer.Transform(x, hidden, distances, buckets);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Distances up to half of <paramref name="buckets"/> as they are, then by logarithm, the rest in the last bucket.</summary>
    /// <returns>(T, T) int64: K plus the bucket of query position minus key position, in [0, 2K).</returns>
    internal static Tensor DistanceBuckets(long length, int buckets, int farthest, Device device)
    {
        var positions = arange(length, dtype: int64, device: device);
        var distance = positions.unsqueeze(1) - positions.unsqueeze(0);
        var half = buckets / 2;
        var magnitude = distance.abs();
        var logarithmic = (magnitude.clamp_min(half).to(float32) / half).log() / Math.Log((farthest - 1) / (double)half) * (half - 1);
        var far = (logarithmic.ceil() + half).to(int64) * distance.sign();
        return (where(magnitude.le(half), distance, far) + buckets).clamp(0, 2 * buckets - 1);
    }
}

/// <summary>Disentangled attention and feed-forward, each followed by a norm of its sum with its input.</summary>
internal sealed class DebertaLayer : nn.Module
{
    [ComponentName(Name = "attention")] readonly DebertaAttention _attention;
    [ComponentName(Name = "intermediate")] readonly NamedDense _widen;
    [ComponentName(Name = "output")] readonly ResidualDense _narrow;

    public DebertaLayer(KotodamaPromptConfig config) : base(nameof(DebertaLayer))
    {
        _attention = new DebertaAttention(config);
        _widen = new NamedDense(config.Hidden, config.FeedForward);
        _narrow = new ResidualDense(config.FeedForward, config.Hidden, DebertaLayers.Epsilon, config.Dropout);
        RegisterComponents();
    }

    /// <param name="x">(B, T, E).</param>
    /// <param name="hidden">(B, 1, 1, T) bool, true where nothing may look.</param>
    /// <param name="distances">(2K, E) embeddings of relative positions.</param>
    /// <param name="buckets">(T, T) which of them stands for each pair.</param>
    public Tensor Transform(Tensor x, Tensor hidden, Tensor distances, Tensor buckets)
    {
        using var scope = NewDisposeScope();
        x = _attention.Attend(x, hidden, distances, buckets);
        return _narrow.call(F.gelu(_widen.call(x)), x).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head attention whose scores are content to content, content to position and position to content (He et al. 2021, equation 4).</summary>
internal sealed class DebertaAttention : nn.Module
{
    [ComponentName(Name = "self")] readonly DebertaProjections _projections;
    [ComponentName(Name = "output")] readonly ResidualDense _output;
    readonly int _heads;
    readonly double _dropout;

    public DebertaAttention(KotodamaPromptConfig config) : base(nameof(DebertaAttention))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.Hidden % config.Heads, 0);
        _projections = new DebertaProjections(config.Hidden);
        _output = new ResidualDense(config.Hidden, config.Hidden, DebertaLayers.Epsilon, config.Dropout);
        (_heads, _dropout) = (config.Heads, config.Dropout);
        RegisterComponents();
    }

    /// <inheritdoc cref="DebertaLayer.Transform"/>
    public Tensor Attend(Tensor x, Tensor hidden, Tensor distances, Tensor buckets)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (x.shape[0], x.shape[1]);
        Tensor Heads(Tensor y) => y.reshape(y.shape[0], -1, _heads, y.shape[^1] / _heads).transpose(1, 2);  // (B, H, T, D)
        var (query, key, value) = (Heads(_projections.Query(x)), Heads(_projections.Key(x)), Heads(_projections.Value(x)));

        // Dropout on the positions' embeddings, as the original: on the table, so that every head and item misses the same.
        var places = F.dropout(distances, _dropout, training).unsqueeze(0);
        var (placeQuery, placeKey) = (Heads(_projections.Query(places)), Heads(_projections.Key(places)));   // (1, H, 2K, D)

        Tensor Scores(Tensor left, Tensor right) => einsum("bhqd,bhkd->bhqk", left, right.expand(left.shape[0], -1, -1, -1));
        Tensor Pick(Tensor scores, Tensor which) => scores.gather(3, which.expand(batch, _heads, length, length));
        var toPlace = Pick(Scores(query, placeKey), buckets);                       // by the query's content and the key's place
        var fromPlace = Pick(Scores(key, placeQuery), buckets.t()).transpose(2, 3); // by the key's content and the query's place
        var scale = Math.Sqrt(3.0 * query.shape[3]);                                // three terms
        var scores = (Scores(query, key) + toPlace + fromPlace).to(float32) / scale;

        var weights = scores.masked_fill(hidden, float.MinValue).softmax(-1);       // (B, H, T, T)
        var read = einsum("bhqk,bhkd->bqhd", F.dropout(weights, _dropout, training), value);
        return _output.call(read.reshape(batch, length, -1), x).MoveToOuterDisposeScope();
    }
}

/// <summary>Query, key and value, shared between contents and places.</summary>
internal sealed class DebertaProjections : nn.Module
{
    [ComponentName(Name = "query_proj")] readonly Linear _query;
    [ComponentName(Name = "key_proj")] readonly Linear _key;
    [ComponentName(Name = "value_proj")] readonly Linear _value;

    public DebertaProjections(int hidden) : base(nameof(DebertaProjections))
    {
        _query = nn.Linear(hidden, hidden);
        _key = nn.Linear(hidden, hidden);
        _value = nn.Linear(hidden, hidden);
        RegisterComponents();
    }

    public Tensor Query(Tensor x) => _query.call(x);

    public Tensor Key(Tensor x) => _key.call(x);

    public Tensor Value(Tensor x) => _value.call(x);
}
