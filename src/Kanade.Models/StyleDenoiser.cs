using Kanade.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Kanade.Models;

/// <summary>The network of the style diffusion: a transformer over the phonemes' context vectors, to each of which the noisy style is appended; the mean
/// over phonemes is the denoised style (StyleTTS 2, Li et al. 2023, section 3.2.2 and appendix). With features (a reference style) it is the
/// multi-speaker variant, whose norms they condition.</summary>
public sealed class StyleDenoiser : nn.Module
{
    [ComponentName(Name = "blocks")] readonly ModuleList<StyleTransformerBlock> _blocks;
    [ComponentName(Name = "to_out")] readonly Sequential _output;
    [ComponentName(Name = "to_mapping")] readonly Sequential _mapping;
    [ComponentName(Name = "to_time")] readonly ModuleList<TimeEmbedding> _time;
    [ComponentName(Name = "to_features")] readonly Sequential? _features;
    [ComponentName(Name = "fixed_embedding")] readonly UnconditionalContext _unconditional;

    /// <param name="layers">Number of transformer blocks.</param>
    /// <param name="channels">2S, the style vector's size; even.</param>
    /// <param name="heads">H.</param>
    /// <param name="headSize">Features of a head.</param>
    /// <param name="multiplier">Width of the feed-forward layers relative to that of the blocks.</param>
    /// <param name="contextSize">E, features of a context vector (PL-BERT's hidden size).</param>
    /// <param name="featureSize">Size of the reference style; null for a single speaker.</param>
    /// <param name="positions">Number of learnt stand-ins for the context; longer texts begin again with the first.</param>
    public StyleDenoiser(
        int layers, int channels, int heads, int headSize, int multiplier, int contextSize, int? featureSize, int positions = 512)
        : base(nameof(StyleDenoiser))
    {
        var width = channels + contextSize;
        _blocks = new ModuleList<StyleTransformerBlock>(
            [.. Enumerable.Range(0, layers).Select(_ => new StyleTransformerBlock(width, heads, headSize, multiplier, featureSize))]);
        _output = nn.Sequential(nn.Identity(), nn.Conv1d(width, channels, 1));
        _mapping = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width), nn.GELU());
        _time = new ModuleList<TimeEmbedding>(new TimeEmbedding(channels, width));
        _features = featureSize is { } size ? nn.Sequential(nn.Linear(size, width), nn.GELU()) : null;
        _unconditional = new UnconditionalContext(positions, contextSize);
        RegisterComponents();
    }

    /// <param name="x">(B, 1, 2S) noisy styles, preconditioned.</param>
    /// <param name="time">(B) noise levels, preconditioned.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles; null exactly where the network was made for a single speaker.</param>
    /// <param name="dropContext">(B) bool, true for items whose context is replaced by the learnt stand-in (classifier-free guidance); null for none.</param>
    /// <param name="mask">(B, T) bool, true where padding, which then has no influence; null for no padding. The original never masks.</param>
    /// <returns>(B, 1, 2S), in float32.</returns>
    public Tensor forward(
        Tensor x, Tensor time, Tensor context, Tensor? features = null, Tensor? dropContext = null, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        if (dropContext is not null)
            context = where(dropContext.reshape(-1, 1, 1), Unconditional(context), context);

        var mapping = _time[0].call(time);                                              // (B, 2S + E)
        if (_features is not null)
            mapping = mapping + _features.call(features ?? throw new ArgumentNullException(nameof(features)));
        mapping = _mapping.call(mapping).unsqueeze(1);                                  // (B, 1, 2S + E)

        var visible = mask?.logical_not();
        var hidden = cat([x.expand(-1, context.shape[1], -1), context], dim: -1);       // (B, T, 2S + E)
        foreach (var block in _blocks)
            hidden = block.Transform(hidden + mapping, features, visible?.unsqueeze(1).unsqueeze(1));

        var mean = Mean(hidden.to(float32), visible).unsqueeze(-1);                     // (B, 2S + E, 1)
        return _output.call(mean).transpose(1, 2).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Classifier-free guidance (Ho and Salimans 2022): moves away from what the network says without the context.</summary>
    /// <inheritdoc cref="forward" path="/param"/>
    /// <param name="x">(B, 1, 2S) noisy styles, preconditioned.</param>
    /// <param name="time">(B) noise levels, preconditioned.</param>
    /// <param name="context">(B, T, E) context vectors of the phonemes.</param>
    /// <param name="features">(B, 2S) reference styles, or null.</param>
    /// <param name="scale">How far; 1 is no guidance.</param>
    /// <param name="mask">(B, T) bool, true where padding, or null.</param>
    /// <returns>(B, 1, 2S), in float32.</returns>
    public Tensor Guided(Tensor x, Tensor time, Tensor context, Tensor? features, double scale, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        Tensor Twice(Tensor half) => cat([half, half], dim: 0);
        var both = forward(
            Twice(x), Twice(time), cat([context, Unconditional(context)], dim: 0),
            features is null ? null : Twice(features), mask: mask is null ? null : Twice(mask)).chunk(2, dim: 0);
        return lerp(both[1], both[0], scale).MoveToOuterDisposeScope();
    }

    Tensor Unconditional(Tensor context) => _unconditional.call(context).to(context.dtype);

    static Tensor Mean(Tensor x, Tensor? visible) => visible is null
        ? x.mean([1])
        : (x * visible.unsqueeze(-1)).sum(1) / visible.sum(1, keepdim: true);
}

/// <summary>Fourier features of a continuous time with learnt frequencies, and their projection.</summary>
internal sealed class TimeEmbedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")] readonly FourierFeatures _features;
    [ComponentName(Name = "1")] readonly Linear _projection;

    public TimeEmbedding(int size, int width) : base(nameof(TimeEmbedding))
    {
        _features = new FourierFeatures(size / 2);
        _projection = nn.Linear(size + 1, width);
        RegisterComponents();
    }

    /// <param name="time">(B).</param>
    /// <returns>(B, width).</returns>
    public override Tensor forward(Tensor time)
    {
        using var scope = NewDisposeScope();
        return nn.functional.gelu(_projection.call(_features.call(time))).MoveToOuterDisposeScope();
    }
}

/// <summary>A number, its sines and its cosines at learnt frequencies.</summary>
internal sealed class FourierFeatures : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weights")] readonly Parameter _frequencies;

    public FourierFeatures(int frequencies) : base(nameof(FourierFeatures))
    {
        _frequencies = nn.Parameter(randn(frequencies));
        RegisterComponents();
    }

    /// <param name="time">(B).</param>
    /// <returns>(B, 1 + 2 * frequencies).</returns>
    public override Tensor forward(Tensor time)
    {
        using var scope = NewDisposeScope();
        var column = time.to(float32).unsqueeze(1);                                     // (B, 1)
        var angles = column * _frequencies.unsqueeze(0) * (2 * Math.PI);                // (B, frequencies)
        return cat([column, angles.sin(), angles.cos()], dim: -1).MoveToOuterDisposeScope();
    }
}

/// <summary>Learnt vectors, one a position, that stand for "no text" in classifier-free guidance.</summary>
internal sealed class UnconditionalContext : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "embedding")] readonly Embedding _embedding;
    readonly int _positions;

    public UnconditionalContext(int positions, int contextSize) : base(nameof(UnconditionalContext))
    {
        _embedding = nn.Embedding(positions, contextSize);
        _positions = positions;
        RegisterComponents();
    }

    /// <param name="context">(B, T, E), whose shape is followed.</param>
    /// <returns>(B, T, E).</returns>
    public override Tensor forward(Tensor context)
    {
        using var scope = NewDisposeScope();
        var positions = arange(context.shape[1], dtype: int64, device: context.device).remainder(_positions);
        return _embedding.call(positions).unsqueeze(0).expand(context.shape[0], -1, -1).MoveToOuterDisposeScope();
    }
}
