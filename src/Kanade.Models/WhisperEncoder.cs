using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Sizes of a <see cref="WhisperEncoder"/>; the defaults are those of large-v2.</summary>
/// <param name="Mels">M, the mel bands.</param>
/// <param name="Hidden">Channels; a multiple of <paramref name="Heads"/>.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="FeedForward">Channels between the two feed-forward layers.</param>
/// <param name="Positions">Frames of 20 ms that one pass holds.</param>
public sealed record WhisperEncoderConfig(
    int Mels = 80, int Hidden = 1280, int Layers = 32, int Heads = 20, int FeedForward = 5120, int Positions = 1500);

/// <summary>
/// The encoder of Whisper (Radford et al. 2022) as a speech language model. State names are those of Hugging Face;
/// <see cref="Read"/> also takes OpenAI's.
/// </summary>
/// <remarks>
/// A waveform is heard as long as it is: padding to 30 s, which the recogniser needs, would fill most of the features of a short clip with
/// silence. One of more than 30 s is heard in pieces of 30 s.
/// </remarks>
public sealed class WhisperEncoder : Module<Tensor, IReadOnlyList<Tensor>>, ISpeechLanguageModel
{
    [ComponentName(Name = "conv1")]
    readonly Conv1d _input;
    [ComponentName(Name = "conv2")]
    readonly Conv1d _halve;
    [ComponentName(Name = "embed_positions")]
    readonly Embedding _positions;
    [ComponentName(Name = "layers")]
    readonly ModuleList<WhisperLayer> _layers;
    [ComponentName(Name = "layer_norm")]
    readonly LayerNorm _norm;
    readonly WhisperEncoderConfig _config;
    WhisperLogMel _logMel;

    /// <param name="config">The sizes.</param>
    public WhisperEncoder(WhisperEncoderConfig config) : base(nameof(WhisperEncoder))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(config.Hidden % config.Heads, 0);
        _config = config;
        _logMel = new WhisperLogMel(config.Mels);
        _input = Conv1d(config.Mels, config.Hidden, 3, padding: 1);
        _halve = Conv1d(config.Hidden, config.Hidden, 3, stride: 2, padding: 1);
        _positions = Embedding(config.Positions, config.Hidden);
        _layers = new ModuleList<WhisperLayer>(
            [.. Enumerable.Range(0, config.Layers).Select(_ => new WhisperLayer(config.Hidden, config.Heads, config.FeedForward))]);
        _norm = LayerNorm(config.Hidden);
        RegisterComponents();
        using var noGradient = no_grad();
        using var sinusoids = Sinusoids(config.Positions, config.Hidden);
        _positions.weight!.copy_(sinusoids);
    }

    /// <inheritdoc/>
    public int Hidden => _config.Hidden;

    /// <inheritdoc/>
    public int States => _config.Layers + 1;

    /// <summary>A small encoder with random weights, frozen, for training without the published ones: its features separate recorded from
    /// generated speech far less well.</summary>
    /// <param name="seed">Equal seeds give equal weights, so that a run can be resumed.</param>
    public static WhisperEncoder SmallRandom(long seed)
    {
        var encoder = new WhisperEncoder(new WhisperEncoderConfig(Hidden: 64, Layers: 2, Heads: 2, FeedForward: 128));
        using var generator = new Generator((ulong)seed);
        using var noGradient = no_grad();
        foreach (var (name, parameter) in encoder.named_parameters())
        {
            if (parameter.dim() == 1 || name == "embed_positions.weight")
                continue;
            using var scope = NewDisposeScope();
            var bound = 1 / Math.Sqrt((double)parameter.numel() / parameter.shape[0]);
            parameter.copy_(rand(parameter.shape, generator: generator) * (2 * bound) - bound);
        }
        foreach (var (name, parameter) in encoder.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal))
                init.zeros_(parameter);
        SpeechLanguageModel.Freeze(encoder);
        return encoder;
    }

    /// <summary>Opens published weights, frozen.</summary>
    /// <param name="path">A safetensors file with Hugging Face's or OpenAI's names, or the folder of a <c>model.safetensors</c>.</param>
    /// <exception cref="InvalidDataException">It does not hold a whole Whisper encoder.</exception>
    public static WhisperEncoder Open(string path)
    {
        using var weights = PretrainedWeights.Open(path);
        return Read(weights);
    }

    internal static bool Recognizes(PretrainedWeights weights) => weights.Names.Any(n => StateName(n) == "conv1.weight");

    internal static WhisperEncoder Read(PretrainedWeights weights)
    {
        var names = weights.Names.Select(n => (Stored: n, State: StateName(n))).Where(n => n.State is not null)
            .GroupBy(n => n.State!).ToDictionary(g => g.Key, g => g.First().Stored);
        IReadOnlyList<long> Shape(string state) => names.TryGetValue(state, out var stored)
            ? weights.Shape(stored)
            : throw new InvalidDataException($"{weights.Path}: holds no whole Whisper encoder: {state} is missing");
        var (input, expand, positions) = (Shape("conv1.weight"), Shape("layers.0.fc1.weight"), Shape("embed_positions.weight"));
        var (mels, hidden) = ((int)input[1], (int)input[0]);
        var layers = names.Keys.Where(n => n.StartsWith("layers.", StringComparison.Ordinal))
            .Max(n => int.Parse(n.Split('.')[1], CultureInfo.InvariantCulture)) + 1;
        var heads = weights.Number("encoder_attention_heads") ?? hidden / 64; // every published size has heads of 64 channels
        if (heads < 1 || hidden % heads != 0)
            throw new InvalidDataException($"{weights.Path}: {hidden} channels do not divide into {heads} heads: put the model's config.json beside it");
        var encoder = new WhisperEncoder(new WhisperEncoderConfig(mels, hidden, layers, heads, (int)expand[0], (int)positions[0]));
        try
        {
            weights.CopyTo(encoder, StateName);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
        SpeechLanguageModel.Freeze(encoder);
        return encoder;
    }

    /// <param name="mel">(B, M, F) from <see cref="WhisperLogMel"/>; at most two frames a position.</param>
    /// <returns>The embedding, and what each layer gives, the last one normalised: layers + 1 tensors (B, F / 2, hidden).</returns>
    public override IReadOnlyList<Tensor> forward(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var x = F.gelu(_halve.forward(F.gelu(_input.forward(mel)))).transpose(1, 2);    // (B, t, hidden)
        x = x + _positions.weight!.narrow(0, 0, x.shape[1]);
        var states = new List<Tensor>(States);
        foreach (var layer in _layers)
        {
            states.Add(x);
            x = layer.forward(x);
        }
        states.Add(_norm.forward(x));
        return states.ConvertAll(s => s.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor Features(Tensor wave)
    {
        using var scope = NewDisposeScope();
        var pieces = new List<Tensor>();
        var longest = 2L * _config.Positions * WhisperLogMel.HopLength;
        for (var start = 0L; start < wave.shape[1]; start += longest)
        {
            var piece = wave.narrow(1, start, Math.Min(longest, wave.shape[1] - start));
            pieces.Add(SpeechLanguageModel.Stack(forward(_logMel.Compute(piece))));
        }
        return cat(pieces, 2).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void MoveTo(Device device)
    {
        this.to(device);
        using var before = _logMel;
        _logMel = before.On(device);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _logMel.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>(positions, channels) sines, then cosines, of wavelengths from 2π to 10000·2π.</summary>
    static Tensor Sinusoids(int positions, int channels)
    {
        var (half, values) = (channels / 2, new float[positions * channels]);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = position * Math.Exp(-Math.Log(10000) * i / Math.Max(half - 1, 1));
                values[position * channels + i] = (float)Math.Sin(angle);
                values[position * channels + half + i] = (float)Math.Cos(angle);
            }
        }
        return tensor(values, [positions, channels]);
    }

    /// <summary>The state that a published tensor fills, or null for one of the decoder.</summary>
    static string? StateName(string stored)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["model.", "whisper."])
            if (stored.StartsWith(prefix, StringComparison.Ordinal))
                stored = stored[prefix.Length..];
        if (stored.StartsWith("decoder.", StringComparison.Ordinal) || stored.StartsWith("proj_out.", StringComparison.Ordinal))
            return null;
        if (stored.StartsWith("encoder.", StringComparison.Ordinal))
            stored = stored["encoder.".Length..];
        foreach (var (theirs, ours) in OpenAiNames)
            stored = stored.Replace(theirs, ours, StringComparison.Ordinal);
        return stored;
    }

    // In this order: "attn_ln." would otherwise end in "attn.".
    static readonly (string, string)[] OpenAiNames =
    [
        ("blocks.", "layers."), (".attn_ln.", ".self_attn_layer_norm."), (".attn.query.", ".self_attn.q_proj."), (".attn.key.", ".self_attn.k_proj."),
        (".attn.value.", ".self_attn.v_proj."), (".attn.out.", ".self_attn.out_proj."), (".mlp_ln.", ".final_layer_norm."), (".mlp.0.", ".fc1."),
        (".mlp.2.", ".fc2."), ("ln_post.", "layer_norm."), ("positional_embedding", "embed_positions.weight"),
    ];
}

/// <summary>Normalise, attend, add; normalise, feed forward, add.</summary>
sealed class WhisperLayer : Module<Tensor, Tensor>
{
    [ComponentName(Name = "self_attn_layer_norm")]
    readonly LayerNorm _attentionNorm;
    [ComponentName(Name = "self_attn")]
    readonly WhisperAttention _attention;
    [ComponentName(Name = "final_layer_norm")]
    readonly LayerNorm _feedForwardNorm;
    [ComponentName(Name = "fc1")]
    readonly Linear _expand;
    [ComponentName(Name = "fc2")]
    readonly Linear _contract;

    public WhisperLayer(int hidden, int heads, int feedForward) : base(nameof(WhisperLayer))
    {
        _attentionNorm = LayerNorm(hidden);
        _attention = new WhisperAttention(hidden, heads);
        _feedForwardNorm = LayerNorm(hidden);
        _expand = Linear(hidden, feedForward);
        _contract = Linear(feedForward, hidden);
        RegisterComponents();
    }

    /// <param name="x">(B, t, hidden)</param>
    /// <returns>(B, t, hidden)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var attended = x + _attention.forward(_attentionNorm.forward(x));
        var expanded = F.gelu(_expand.forward(_feedForwardNorm.forward(attended)));
        return (attended + _contract.forward(expanded)).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention; keys have no bias, which softmax would not see.</summary>
sealed class WhisperAttention : Module<Tensor, Tensor>
{
    [ComponentName(Name = "q_proj")]
    readonly Linear _query;
    [ComponentName(Name = "k_proj")]
    readonly Linear _key;
    [ComponentName(Name = "v_proj")]
    readonly Linear _value;
    [ComponentName(Name = "out_proj")]
    readonly Linear _output;
    readonly int _heads;

    public WhisperAttention(int hidden, int heads) : base(nameof(WhisperAttention))
    {
        _heads = heads;
        _query = Linear(hidden, hidden);
        _key = Linear(hidden, hidden, hasBias: false);
        _value = Linear(hidden, hidden);
        _output = Linear(hidden, hidden);
        RegisterComponents();
    }

    /// <param name="x">(B, t, hidden)</param>
    /// <returns>(B, t, hidden)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var context = F.scaled_dot_product_attention(Split(_query.forward(x)), Split(_key.forward(x)), Split(_value.forward(x)));
        return _output.forward(context.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }

    Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2); // (B, H, t, hidden / H)
}
