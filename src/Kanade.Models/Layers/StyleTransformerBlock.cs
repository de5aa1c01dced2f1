using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models.Layers;

/// <summary>Pre-norm self-attention and feed-forward; the attention's norms are conditioned on features where there are any.</summary>
internal sealed class StyleTransformerBlock : nn.Module
{
    [ComponentName(Name = "attention")] readonly StyleAttention _attention;
    [ComponentName(Name = "feed_forward")] readonly Sequential _feedForward;

    /// <param name="width">E.</param>
    /// <param name="heads">H.</param>
    /// <param name="headSize">Features of a head.</param>
    /// <param name="multiplier">Width of the feed-forward layer relative to E.</param>
    /// <param name="featureSize">Features that condition the norms; null for none.</param>
    public StyleTransformerBlock(int width, int heads, int headSize, int multiplier, int? featureSize) : base(nameof(StyleTransformerBlock))
    {
        _attention = new StyleAttention(width, heads, headSize, featureSize);
        _feedForward = nn.Sequential(nn.Linear(width, multiplier * width), nn.GELU(), nn.Linear(multiplier * width, width));
        RegisterComponents();
    }

    /// <param name="x">(B, T, E).</param>
    /// <param name="features">(B, features) or null.</param>
    /// <param name="visible">(B, 1, 1, T) bool, true where a position may be attended to; null for everywhere.</param>
    /// <returns>(B, T, E).</returns>
    public Tensor Transform(Tensor x, Tensor? features, Tensor? visible)
    {
        using var scope = NewDisposeScope();
        x = x + _attention.Attend(x, features, visible);
        return (x + _feedForward.call(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention that norms its queries' input and its keys' input separately.</summary>
internal sealed class StyleAttention : nn.Module
{
    [ComponentName(Name = "norm")] readonly nn.Module _queryNorm;
    [ComponentName(Name = "norm_context")] readonly nn.Module _keyNorm;
    [ComponentName(Name = "to_q")] readonly Linear _query;
    [ComponentName(Name = "to_kv")] readonly Linear _keyAndValue;
    [ComponentName(Name = "attention")] readonly HeadwiseAttention _attention;

    public StyleAttention(int width, int heads, int headSize, int? featureSize) : base(nameof(StyleAttention))
    {
        _queryNorm = Norm(width, featureSize);
        _keyNorm = Norm(width, featureSize);
        _query = nn.Linear(width, heads * headSize, hasBias: false);
        _keyAndValue = nn.Linear(width, 2 * heads * headSize, hasBias: false);
        _attention = new HeadwiseAttention(width, heads, headSize);
        RegisterComponents();
    }

    /// <inheritdoc cref="StyleTransformerBlock.Transform"/>
    public Tensor Attend(Tensor x, Tensor? features, Tensor? visible)
    {
        using var scope = NewDisposeScope();
        var query = _query.call(Normalise(_queryNorm, x, features));                    // (B, T, HD)
        var keyAndValue = _keyAndValue.call(Normalise(_keyNorm, x, features)).chunk(2, dim: -1);
        return _attention.Attend(query, keyAndValue[0], keyAndValue[1], visible).MoveToOuterDisposeScope();
    }

    static nn.Module Norm(int width, int? featureSize) =>
        featureSize is { } size ? new AdaptiveLayerNorm(size, width) : nn.LayerNorm(width);

    static Tensor Normalise(nn.Module norm, Tensor x, Tensor? features) => norm switch
    {
        AdaptiveLayerNorm adaptive => adaptive.call(x, features ?? throw new ArgumentNullException(nameof(features))),
        LayerNorm plain => plain.call(x.to(float32)),
        _ => throw new InvalidOperationException($"{norm.GetName()} is not a norm of this block"),
    };
}

/// <summary>Scaled dot-product attention over heads and the projection of its result.</summary>
internal sealed class HeadwiseAttention : nn.Module
{
    [ComponentName(Name = "to_out")] readonly Linear _output;
    readonly int _heads;

    public HeadwiseAttention(int width, int heads, int headSize) : base(nameof(HeadwiseAttention))
    {
        _output = nn.Linear(heads * headSize, width);
        _heads = heads;
        RegisterComponents();
    }

    /// <param name="query">(B, T, HD).</param>
    /// <param name="key">(B, T, HD).</param>
    /// <param name="value">(B, T, HD).</param>
    /// <param name="visible">(B, 1, 1, T) bool, or null.</param>
    /// <returns>(B, T, E).</returns>
    public Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? visible)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (query.shape[0], query.shape[1]);
        Tensor Heads(Tensor x) => x.reshape(batch, length, _heads, -1).transpose(1, 2);     // (B, H, T, D)
        var read = F.scaled_dot_product_attention(Heads(query), Heads(key), Heads(value), visible?.expand(batch, 1, length, length));
        return _output.call(read.transpose(1, 2).reshape(batch, length, -1)).MoveToOuterDisposeScope();
    }
}
