using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>Widens the embedding and applies one transformer layer, normalised after each half, many times.</summary>
sealed class AlbertEncoder : Module<Tensor, Tensor, Tensor>
{
    public const double Epsilon = 1e-12;

    [ComponentName(Name = "embedding_hidden_mapping_in")]
    readonly Linear _widen;
    [ComponentName(Name = "albert_layer_groups")]
    readonly ModuleList<AlbertLayerGroup> _groups;
    readonly int _layers;

    /// <summary>Embedding to hidden.</summary>
    public Linear Widen => _widen;

    /// <summary>What attention asks, and what it is asked of: hidden to hidden, head by head.</summary>
    public Linear Query => _groups[0].Layer.Attention.Query;

    /// <inheritdoc cref="Query"/>
    public Linear Key => _groups[0].Layer.Attention.Key;

    public AlbertEncoder(PhonemeBertConfig config) : base(nameof(AlbertEncoder))
    {
        _layers = config.Layers;
        _widen = Linear(config.Embedding, config.Hidden);
        _groups = new ModuleList<AlbertLayerGroup>(new AlbertLayerGroup(config));
        RegisterComponents();
    }

    /// <param name="embedding">(B, T, embedding)</param>
    /// <param name="keep">(B, T) 1 where there is a symbol.</param>
    /// <returns>(B, T, hidden)</returns>
    public override Tensor forward(Tensor embedding, Tensor keep)
    {
        using var scope = NewDisposeScope();
        // Finite, so that a row of padding alone stays finite.
        var bias = (1 - keep.to(ScalarType.Float32)).mul(-1e9f).unsqueeze(1).unsqueeze(1);  // (B, 1, 1, T)
        var x = _widen.forward(embedding);
        for (var i = 0; i < _layers; i++)
            x = _groups[0].forward(x, bias);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>A level of the state's names: the published model could hold several groups of several layers, and holds one of one.</summary>
sealed class AlbertLayerGroup : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "albert_layers")]
    readonly ModuleList<AlbertLayer> _layers;

    public AlbertLayerGroup(PhonemeBertConfig config) : base(nameof(AlbertLayerGroup))
    {
        _layers = new ModuleList<AlbertLayer>(new AlbertLayer(config.Hidden, config.Heads, config.FeedForward));
        RegisterComponents();
    }

    public AlbertLayer Layer => _layers[0];

    public override Tensor forward(Tensor x, Tensor bias) => Layer.forward(x, bias);
}

/// <summary>Self-attention and feed-forward, each added to its input and then normalised.</summary>
sealed class AlbertLayer : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "attention")]
    readonly AlbertAttention _attention;
    [ComponentName(Name = "ffn")]
    readonly Linear _expand;
    [ComponentName(Name = "ffn_output")]
    readonly Linear _contract;
    [ComponentName(Name = "full_layer_layer_norm")]
    readonly LayerNorm _norm;

    public AlbertLayer(int hidden, int heads, int feedForward) : base(nameof(AlbertLayer))
    {
        _attention = new AlbertAttention(hidden, heads);
        _expand = Linear(hidden, feedForward);
        _contract = Linear(feedForward, hidden);
        _norm = LayerNorm(hidden, AlbertEncoder.Epsilon);
        RegisterComponents();
    }

    public AlbertAttention Attention => _attention;

    /// <param name="x">(B, T, hidden)</param>
    /// <param name="bias">(B, 1, 1, T) added to the attention scores.</param>
    /// <returns>(B, T, hidden)</returns>
    public override Tensor forward(Tensor x, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var attended = _attention.forward(x, bias);
        var expanded = Aten.Call("aten::gelu", "", 1, _expand.forward(attended), "tanh")[0];
        return _norm.forward(_contract.forward(expanded) + attended).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention with its residual and norm.</summary>
sealed class AlbertAttention : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "query")]
    public readonly Linear Query;
    [ComponentName(Name = "key")]
    public readonly Linear Key;
    [ComponentName(Name = "value")]
    readonly Linear _value;
    [ComponentName(Name = "dense")]
    readonly Linear _output;
    [ComponentName(Name = "LayerNorm")]
    readonly LayerNorm _norm;
    readonly int _heads;

    public AlbertAttention(int hidden, int heads) : base(nameof(AlbertAttention))
    {
        _heads = heads;
        Query = Linear(hidden, hidden);
        Key = Linear(hidden, hidden);
        _value = Linear(hidden, hidden);
        _output = Linear(hidden, hidden);
        _norm = LayerNorm(hidden, AlbertEncoder.Epsilon);
        RegisterComponents();
    }

    /// <param name="x">(B, T, hidden)</param>
    /// <param name="bias">(B, 1, 1, T) added to the attention scores.</param>
    /// <returns>(B, T, hidden)</returns>
    public override Tensor forward(Tensor x, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var context = DotProductAttention.Of(Split(Query.forward(x)), Split(Key.forward(x)), Split(_value.forward(x)), bias); // (B, H, T, hidden / H)
        var merged = context.transpose(1, 2).flatten(2);                                       // (B, T, hidden)
        return _norm.forward(_output.forward(merged) + x).MoveToOuterDisposeScope();
    }

    Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);
}
