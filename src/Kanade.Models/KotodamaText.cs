using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Sizes of <see cref="KotodamaText"/>; the defaults are those of the Japanese DistilBERT that Tsukasa starts from.</summary>
/// <param name="Tokens">Vocabulary of the tokenizer.</param>
/// <param name="Hidden">E; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeedForward">Features between the two feed-forward layers.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Positions">The most tokens of a text.</param>
/// <param name="Style">2S, size of the predicted style vector.</param>
/// <param name="Dropout">Probability, in training mode.</param>
public sealed record KotodamaTextConfig(
    int Tokens = 32768, int Hidden = 768, int Heads = 12, int FeedForward = 3072, int Layers = 6,
    int Positions = 512, int Style = 256, double Dropout = 0.1);

/// <summary>Predicts from the text to be spoken the style vector to speak it in: DistilBERT (Sanh et al. 2019) and a head on its first token.</summary>
public sealed class KotodamaText : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "backbone")] readonly DistilBertEncoder _backbone;
    [ComponentName(Name = "output")] readonly Sequential _head;

    /// <param name="config">The sizes.</param>
    public KotodamaText(KotodamaTextConfig config) : base(nameof(KotodamaText))
    {
        _backbone = new DistilBertEncoder(config);
        _head = KotodamaHead.Create(config.Hidden, config.Style);
        RegisterComponents();
    }

    /// <param name="ids">(B, T) int64 tokens, the first of them the classification token; T of at most the network's positions.</param>
    /// <param name="keep">(B, T) int64, 1 where there is a token, 0 in the padding after it.</param>
    /// <returns>(B, 2S) style vectors, acoustic half first.</returns>
    public override Tensor forward(Tensor ids, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var first = _backbone.call(ids, keep).select(1, 0);                         // (B, E)
        return _head.call(first).MoveToOuterDisposeScope();
    }
}

/// <summary>DistilBERT without pooler.</summary>
internal sealed class DistilBertEncoder : nn.Module<Tensor, Tensor, Tensor>
{
    internal const double Epsilon = 1e-12;

    [ComponentName(Name = "embeddings")] readonly DistilBertEmbedding _embedding;
    [ComponentName(Name = "transformer")] readonly DistilBertLayers _transformer;

    public DistilBertEncoder(KotodamaTextConfig config) : base(nameof(DistilBertEncoder))
    {
        _embedding = new DistilBertEmbedding(config);
        _transformer = new DistilBertLayers(config);
        RegisterComponents();
        KotodamaHead.Initialise(this);
    }

    /// <param name="ids">(B, T).</param>
    /// <param name="keep">(B, T).</param>
    /// <returns>(B, T, E).</returns>
    public override Tensor forward(Tensor ids, Tensor keep) => _transformer.call(_embedding.call(ids), keep);
}

/// <summary>Token plus position, normalised.</summary>
internal sealed class DistilBertEmbedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "word_embeddings")] readonly Embedding _tokens;
    [ComponentName(Name = "position_embeddings")] readonly Embedding _positions;
    [ComponentName(Name = "LayerNorm")] readonly LayerNorm _norm;
    readonly int _longest;
    readonly double _dropout;

    public DistilBertEmbedding(KotodamaTextConfig config) : base(nameof(DistilBertEmbedding))
    {
        _tokens = nn.Embedding(config.Tokens, config.Hidden, padding_idx: 0);
        _positions = nn.Embedding(config.Positions, config.Hidden);
        _norm = nn.LayerNorm(config.Hidden, DistilBertEncoder.Epsilon);
        (_longest, _dropout) = (config.Positions, config.Dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ids.shape[1], _longest, nameof(ids));
        using var scope = NewDisposeScope();
        var x = _tokens.call(ids) + _positions.call(arange(ids.shape[1], dtype: int64, device: ids.device));
        return F.dropout(_norm.call(x), _dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The layers in order.</summary>
internal sealed class DistilBertLayers : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "layer")] readonly ModuleList<DistilBertLayer> _layers;

    public DistilBertLayers(KotodamaTextConfig config) : base(nameof(DistilBertLayers))
    {
        _layers = new ModuleList<DistilBertLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new DistilBertLayer(config))]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor keep)
    {
        using var scope = NewDisposeScope();
        var visible = keep.ne(0).reshape(keep.shape[0], 1, 1, -1);                  // (B, 1, 1, T)
        foreach (var layer in _layers)
            x = layer.call(x, visible);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Attention and feed-forward, each followed by a norm of its sum with its input.</summary>
internal sealed class DistilBertLayer : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "attention")] readonly DistilBertAttention _attention;
    [ComponentName(Name = "sa_layer_norm")] readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "ffn")] readonly DistilBertFeedForward _feedForward;
    [ComponentName(Name = "output_layer_norm")] readonly LayerNorm _outputNorm;

    public DistilBertLayer(KotodamaTextConfig config) : base(nameof(DistilBertLayer))
    {
        _attention = new DistilBertAttention(config);
        _attentionNorm = nn.LayerNorm(config.Hidden, DistilBertEncoder.Epsilon);
        _feedForward = new DistilBertFeedForward(config);
        _outputNorm = nn.LayerNorm(config.Hidden, DistilBertEncoder.Epsilon);
        RegisterComponents();
    }

    /// <param name="x">(B, T, E).</param>
    /// <param name="visible">(B, 1, 1, T) bool, true where a token may be looked at.</param>
    public override Tensor forward(Tensor x, Tensor visible)
    {
        using var scope = NewDisposeScope();
        x = _attentionNorm.call(x + _attention.call(x, visible).to(float32));
        return _outputNorm.call(x + _feedForward.call(x).to(float32)).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention.</summary>
internal sealed class DistilBertAttention : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "q_lin")] readonly Linear _query;
    [ComponentName(Name = "k_lin")] readonly Linear _key;
    [ComponentName(Name = "v_lin")] readonly Linear _value;
    [ComponentName(Name = "out_lin")] readonly Linear _output;
    readonly int _heads;
    readonly double _dropout;

    public DistilBertAttention(KotodamaTextConfig config) : base(nameof(DistilBertAttention))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.Hidden % config.Heads, 0);
        _query = nn.Linear(config.Hidden, config.Hidden);
        _key = nn.Linear(config.Hidden, config.Hidden);
        _value = nn.Linear(config.Hidden, config.Hidden);
        _output = nn.Linear(config.Hidden, config.Hidden);
        (_heads, _dropout) = (config.Heads, config.Dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor visible)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (x.shape[0], x.shape[1]);
        Tensor Heads(Tensor y) => y.reshape(batch, length, _heads, -1).transpose(1, 2);     // (B, H, T, D)
        var read = F.scaled_dot_product_attention(
            Heads(_query.call(x)), Heads(_key.call(x)), Heads(_value.call(x)),
            visible.expand(batch, 1, length, length), training ? _dropout : 0);
        return _output.call(read.transpose(1, 2).reshape(batch, length, -1)).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers with a GELU between them.</summary>
internal sealed class DistilBertFeedForward : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "lin1")] readonly Linear _widen;
    [ComponentName(Name = "lin2")] readonly Linear _narrow;
    readonly double _dropout;

    public DistilBertFeedForward(KotodamaTextConfig config) : base(nameof(DistilBertFeedForward))
    {
        _widen = nn.Linear(config.Hidden, config.FeedForward);
        _narrow = nn.Linear(config.FeedForward, config.Hidden);
        _dropout = config.Dropout;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return F.dropout(_narrow.call(F.gelu(_widen.call(x))), _dropout, training).MoveToOuterDisposeScope();
    }
}
