using System.Globalization;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Sizes of <see cref="WavLm"/>; the defaults are those of base and base-plus.</summary>
/// <param name="Hidden">Channels; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeedForward">Channels between the two feed-forward layers.</param>
/// <param name="ConvolutionChannels">Channels of the seven convolutions that turn samples into frames.</param>
/// <param name="PositionKernel">Taps of the convolution that tells positions.</param>
/// <param name="PositionGroups">Its groups.</param>
/// <param name="DistanceBuckets">Classes of distance between frames, half of them for each direction.</param>
public sealed record WavLmConfig(
    int Hidden = 768, int Layers = 12, int Heads = 12, int FeedForward = 3072, int ConvolutionChannels = 512,
    int PositionKernel = 128, int PositionGroups = 16, int DistanceBuckets = 320);

/// <summary>
/// WavLM (Chen et al. 2022) as a speech language model, in the form of its base and base-plus models: group normalisation after the first
/// convolution, layers that normalise after adding. State names are those of Hugging Face.
/// </summary>
public sealed class WavLm : Module<Tensor, IReadOnlyList<Tensor>>, ISpeechLanguageModel
{
    [ComponentName(Name = "feature_extractor")]
    readonly WavLmConvolutions _convolutions;
    [ComponentName(Name = "feature_projection")]
    readonly Sequential _projection;
    [ComponentName(Name = "encoder")]
    readonly WavLmEncoder _encoder;

    /// <param name="config">The sizes.</param>
    public WavLm(WavLmConfig config) : base(nameof(WavLm))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.Hidden % config.Heads, 0);
        (Hidden, States) = (config.Hidden, config.Layers + 1);
        _convolutions = new WavLmConvolutions(config.ConvolutionChannels);
        _projection = Sequential(
            ("layer_norm", LayerNorm(config.ConvolutionChannels)),
            ("projection", Linear(config.ConvolutionChannels, config.Hidden)));
        _encoder = new WavLmEncoder(config);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int Hidden { get; }

    /// <inheritdoc/>
    public int States { get; }

    /// <summary>Opens published weights of WavLM base or base-plus, frozen.</summary>
    /// <param name="path">A safetensors file, or the folder of a <c>model.safetensors</c>.</param>
    /// <exception cref="InvalidDataException">It does not hold a whole WavLM of this form.</exception>
    public static WavLm Open(string path)
    {
        using var weights = PretrainedWeights.Open(path);
        return Read(weights);
    }

    internal static bool Recognizes(PretrainedWeights weights) => weights.Names.Any(n => StateName(n) == RelativePositions);

    internal static WavLm Read(PretrainedWeights weights)
    {
        var names = weights.Names.Select(n => (Stored: n, State: StateName(n))).Where(n => n.State is not null)
            .GroupBy(n => n.State!).ToDictionary(g => g.Key, g => g.First().Stored);
        IReadOnlyList<long> Shape(string state) => names.TryGetValue(state, out var stored)
            ? weights.Shape(stored)
            : throw new InvalidDataException($"{weights.Path}: holds no whole WavLM: {state} is missing");
        if (names.ContainsKey("feature_extractor.conv_layers.1.layer_norm.weight"))
            throw new InvalidDataException($"{weights.Path}: this is the large form of WavLM, which is not supported: take base or base-plus");
        var (projection, relative, position) = (Shape("feature_projection.projection.weight"), Shape(RelativePositions), Shape("encoder.pos_conv_embed.conv.weight_v"));
        var layers = names.Keys.Where(n => n.StartsWith("encoder.layers.", StringComparison.Ordinal))
            .Max(n => int.Parse(n.Split('.')[2], CultureInfo.InvariantCulture)) + 1;
        var network = new WavLm(new WavLmConfig(
            (int)projection[0], layers, (int)relative[1], (int)Shape("encoder.layers.0.feed_forward.intermediate_dense.weight")[0],
            (int)projection[1], (int)position[2], (int)(position[0] / position[1]), (int)relative[0]));
        try
        {
            weights.CopyTo(network, StateName);
        }
        catch
        {
            network.Dispose();
            throw;
        }
        SpeechLanguageModel.Freeze(network);
        return network;
    }

    /// <param name="wave">(B, N) samples at 16 kHz, as they are; at least 400.</param>
    /// <returns>The embedding and what each layer gives: layers + 1 tensors (B, t, hidden).</returns>
    public override IReadOnlyList<Tensor> forward(Tensor wave)
    {
        using var scope = NewDisposeScope();
        var x = _projection.forward(_convolutions.forward(wave).transpose(1, 2));       // (B, t, hidden)
        return [.. _encoder.forward(x).Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public Tensor Features(Tensor wave)
    {
        using var scope = NewDisposeScope();
        if (wave.shape[1] < WavLmConvolutions.Window)
            wave = F.pad(wave, [0, WavLmConvolutions.Window - wave.shape[1]]);
        return SpeechLanguageModel.Stack(forward(wave)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void MoveTo(Device device) => this.to(device);

    const string RelativePositions = "encoder.layers.0.attention.rel_attn_embed.weight";

    /// <summary>The state that a published tensor fills, or null for one of pretraining only.</summary>
    static string? StateName(string stored)
    {
        if (stored.StartsWith("wavlm.", StringComparison.Ordinal))
            stored = stored["wavlm.".Length..];
        if (!stored.StartsWith("feature_", StringComparison.Ordinal) && !stored.StartsWith("encoder.", StringComparison.Ordinal))
            return null;
        return stored
            .Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal)
            .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal);
    }
}

/// <summary>Seven convolutions that turn samples into frames of 20 ms.</summary>
sealed class WavLmConvolutions : Module<Tensor, Tensor>
{
    /// <summary>Samples that one frame sees.</summary>
    public const int Window = 400;

    static readonly (int Kernel, int Stride)[] Steps = [(10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2)];

    [ComponentName(Name = "conv_layers")]
    readonly ModuleList<Sequential> _layers;

    public WavLmConvolutions(int channels) : base(nameof(WavLmConvolutions))
    {
        _layers = new ModuleList<Sequential>([.. Steps.Select((step, i) => i == 0
            ? Sequential(
                ("conv", Conv1d(1, channels, step.Kernel, stride: step.Stride, bias: false)),
                ("layer_norm", AlignerLayers.GroupNormalization(channels, channels)),
                ("activation", GELU()))
            : Sequential(
                ("conv", Conv1d(channels, channels, step.Kernel, stride: step.Stride, bias: false)),
                ("activation", GELU())))]);
        RegisterComponents();
    }

    /// <param name="wave">(B, N)</param>
    /// <returns>(B, C, t)</returns>
    public override Tensor forward(Tensor wave)
    {
        using var scope = NewDisposeScope();
        var x = wave.unsqueeze(1);
        foreach (var layer in _layers)
            x = layer.forward(x);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Tells positions by a convolution, then the transformer layers, which share one table of relative positions.</summary>
sealed class WavLmEncoder : Module<Tensor, IReadOnlyList<Tensor>>
{
    [ComponentName(Name = "pos_conv_embed")]
    readonly Sequential _position;
    [ComponentName(Name = "layer_norm")]
    readonly LayerNorm _norm;
    [ComponentName(Name = "layers")]
    readonly ModuleList<WavLmLayer> _layers;

    public WavLmEncoder(WavLmConfig config) : base(nameof(WavLmEncoder))
    {
        _position = Sequential(("conv", new WavLmPositionConvolution(config.Hidden, config.PositionKernel, config.PositionGroups)), ("activation", GELU()));
        _norm = LayerNorm(config.Hidden);
        _layers = new ModuleList<WavLmLayer>([.. Enumerable.Range(0, config.Layers).Select(i => new WavLmLayer(config, ownsPositions: i == 0))]);
        RegisterComponents();
    }

    /// <param name="x">(B, t, hidden)</param>
    /// <returns>layers + 1 tensors (B, t, hidden)</returns>
    public override IReadOnlyList<Tensor> forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        x = _norm.forward(x + _position.forward(x.transpose(1, 2)).transpose(1, 2));
        var positions = _layers[0].Positions(x.shape[1]);
        var states = new List<Tensor>(_layers.Count + 1) { x };
        foreach (var layer in _layers)
            states.Add(x = layer.forward(x, positions));
        return states.ConvertAll(s => s.MoveToOuterDisposeScope());
    }
}

/// <summary>A convolution of many taps whose weight is normalised for each tap.</summary>
sealed class WavLmPositionConvolution : Module<Tensor, Tensor>
{
    [ComponentName(Name = "bias")]
    readonly Parameter _bias;
    [ComponentName(Name = "weight_g")]
    readonly Parameter _magnitude;
    [ComponentName(Name = "weight_v")]
    readonly Parameter _direction;
    readonly int _kernel, _groups;

    public WavLmPositionConvolution(int channels, int kernel, int groups) : base(nameof(WavLmPositionConvolution))
    {
        (_kernel, _groups) = (kernel, groups);
        var weight = randn(channels, channels / groups, kernel).mul_(2 / Math.Sqrt((double)kernel * channels));
        _magnitude = new Parameter(linalg.vector_norm(weight, 2, [0L, 1L], keepdim: true));
        _direction = new Parameter(weight);
        _bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    /// <param name="x">(B, C, t)</param>
    /// <returns>(B, C, t)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var weight = Aten.Call("aten::_weight_norm", "", 1, _direction, _magnitude, 2L)[0];
        return F.conv1d(x, weight, _bias, padding: _kernel / 2, groups: _groups).narrow(2, 0, x.shape[2]).MoveToOuterDisposeScope();
    }
}

/// <summary>Attend, add, normalise; feed forward, add, normalise.</summary>
sealed class WavLmLayer : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "attention")]
    readonly WavLmAttention _attention;
    [ComponentName(Name = "layer_norm")]
    readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "feed_forward")]
    readonly Sequential _feedForward;
    [ComponentName(Name = "final_layer_norm")]
    readonly LayerNorm _norm;

    public WavLmLayer(WavLmConfig config, bool ownsPositions) : base(nameof(WavLmLayer))
    {
        _attention = new WavLmAttention(config.Hidden, config.Heads, ownsPositions ? config.DistanceBuckets : null);
        _attentionNorm = LayerNorm(config.Hidden);
        _feedForward = Sequential(
            ("intermediate_dense", Linear(config.Hidden, config.FeedForward)),
            ("activation", GELU()),
            ("output_dense", Linear(config.FeedForward, config.Hidden)));
        _norm = LayerNorm(config.Hidden);
        RegisterComponents();
    }

    /// <param name="x">(B, t, hidden)</param>
    /// <param name="positions">(1, H, t, t) bias of each distance.</param>
    /// <returns>(B, t, hidden)</returns>
    public override Tensor forward(Tensor x, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var attended = _attentionNorm.forward(x + _attention.forward(x, positions));
        return _norm.forward(attended + _feedForward.forward(attended)).MoveToOuterDisposeScope();
    }

    public Tensor Positions(long length) => _attention.Positions(length);
}

/// <summary>Self-attention with relative positions that a gate of each query makes stronger or weaker (Chen et al. 2022, section III-B).</summary>
sealed class WavLmAttention : Module<Tensor, Tensor, Tensor>
{
    const double FarthestDistance = 800;

    [ComponentName(Name = "q_proj")]
    readonly Linear _query;
    [ComponentName(Name = "k_proj")]
    readonly Linear _key;
    [ComponentName(Name = "v_proj")]
    readonly Linear _value;
    [ComponentName(Name = "out_proj")]
    readonly Linear _output;
    [ComponentName(Name = "gru_rel_pos_linear")]
    readonly Linear _gate;
    [ComponentName(Name = "gru_rel_pos_const")]
    readonly Parameter _gateScale;
    [ComponentName(Name = "rel_attn_embed")]
    readonly Embedding? _positions;
    readonly int _heads, _buckets;

    /// <param name="hidden">Channels.</param>
    /// <param name="heads">H</param>
    /// <param name="buckets">Classes of distance, in the first layer only: the others are given its table.</param>
    public WavLmAttention(int hidden, int heads, int? buckets) : base(nameof(WavLmAttention))
    {
        (_heads, _buckets) = (heads, buckets ?? 0);
        _query = Linear(hidden, hidden);
        _key = Linear(hidden, hidden);
        _value = Linear(hidden, hidden);
        _output = Linear(hidden, hidden);
        _gate = Linear(hidden / heads, 8);
        _gateScale = new Parameter(ones(1, heads, 1, 1));
        _positions = buckets is { } count ? Embedding(count, heads) : null;
        RegisterComponents();
    }

    /// <param name="x">(B, t, hidden)</param>
    /// <param name="positions">(1, H, t, t)</param>
    /// <returns>(B, t, hidden)</returns>
    public override Tensor forward(Tensor x, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var gates = _gate.forward(Split(x)).unflatten(3, [2L, 4L]).sum(-1).sigmoid();                  // (B, H, t, 2)
        var strength = gates.narrow(-1, 0, 1) * (gates.narrow(-1, 1, 1) * _gateScale - 1) + 2;          // (B, H, t, 1)
        var context = F.scaled_dot_product_attention(
            Split(_query.forward(x)), Split(_key.forward(x)), Split(_value.forward(x)), strength * positions);
        return _output.forward(context.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    /// <summary>The bias of each distance: its own for the nearest, one for ever wider ranges of those further away.</summary>
    /// <returns>(1, H, t, t)</returns>
    public Tensor Positions(long length)
    {
        using var scope = NewDisposeScope();
        var table = _positions ?? throw new InvalidOperationException("only the first layer has a table of positions");
        var (half, near) = (_buckets / 2, _buckets / 4);
        var frames = arange(length, device: table.weight!.device);
        var distance = frames.unsqueeze(0) - frames.unsqueeze(1);                                       // (t, t), key − query
        var magnitude = distance.abs();
        var range = magnitude.to(ScalarType.Float32).clamp_min(1).div(near).log().div((float)Math.Log(FarthestDistance / near)).mul(half - near);
        var far = (range + near).to(ScalarType.Int64).clamp_max(half - 1);
        var bucket = where(magnitude < near, magnitude, far) + (distance > 0).to(ScalarType.Int64) * half;
        return table.forward(bucket).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);               // (B, H, t, hidden / H)
}
