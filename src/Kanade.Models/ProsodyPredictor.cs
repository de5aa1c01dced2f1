using Kanade.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>As what the pitch of a frame is predicted.</summary>
public enum PitchScale
{
    /// <summary>A number of hertz, near 0 where unvoiced: StyleTTS 2's.</summary>
    Hz,

    /// <summary>Half octaves above <see cref="ProsodyPredictor.ReferenceHz"/>, and the log odds that the frame is voiced.</summary>
    Log,
}

/// <param name="F0">(B, 2A) fundamental frequency in Hz; from a log pitch, 0 where unvoiced.</param>
/// <param name="Energy">(B, 2A) log energy, as the first stage measured it.</param>
/// <param name="LogPitch">(B, 2A) half octaves above <see cref="ProsodyPredictor.ReferenceHz"/>, also where unvoiced; null where hertz are
/// predicted.</param>
/// <param name="Voicing">(B, 2A) log odds that a frame is voiced; null where hertz are predicted.</param>
public sealed record PitchAndEnergy(Tensor F0, Tensor Energy, Tensor? LogPitch = null, Tensor? Voicing = null);

/// <summary>Predicts durations, pitch and energy from phoneme encodings and a prosodic style (StyleTTS 2, Li et al. 2023, section 3.1;
/// mLSTM stacks in the place of two of its LSTMs after Tsukasa). One forward is three calls: encode, durations, and, along an alignment,
/// pitch and energy.</summary>
public sealed class ProsodyPredictor : nn.Module
{
    /// <summary>Where the log pitch is 0.</summary>
    public const double ReferenceHz = 200;

    const double StepsAnOctave = 2;
    const int MLstmBlocks = 8;
    const double DurationDropout = 0.5;

    [ComponentName(Name = "text_encoder")] readonly DurationEncoder _encoder;
    [ComponentName(Name = "lstm")] readonly nn.Module _durationContext;
    [ComponentName(Name = "prepare_projection")] readonly Linear? _narrow;
    [ComponentName(Name = "duration_proj")] readonly XavierLinear _durations;
    [ComponentName(Name = "shared")] readonly nn.Module _frameContext;
    [ComponentName(Name = "F0")] readonly ModuleList<AdaptiveResidualBlock1d> _f0;
    [ComponentName(Name = "N")] readonly ModuleList<AdaptiveResidualBlock1d> _energy;
    [ComponentName(Name = "F0_proj")] readonly Conv1d _f0Projection;
    [ComponentName(Name = "N_proj")] readonly Conv1d _energyProjection;

    /// <param name="styleSize">S.</param>
    /// <param name="channels">C; even.</param>
    /// <param name="layers">LSTMs of the duration encoder.</param>
    /// <param name="maxDuration">D, the longest duration of a phoneme in aligner frames.</param>
    /// <param name="dropout">Probability, in training mode, of the encoder's and the residual blocks' dropout.</param>
    /// <param name="blocks">Blocks of each mLSTM stack.</param>
    /// <param name="context">mLSTM stacks, or one LSTM in the place of each.</param>
    /// <param name="pitch">What the pitch is predicted as.</param>
    public ProsodyPredictor(
        int styleSize, int channels, int layers, int maxDuration, double dropout, int blocks = MLstmBlocks,
            ContextKind context = ContextKind.MLstm,
        PitchScale pitch = PitchScale.Hz)
        : base(nameof(ProsodyPredictor))
    {
        nn.Module Context() => context == ContextKind.MLstm
            ? new MLstmStack(channels + styleSize, blocks)
            : nn.LSTM(channels + styleSize, channels / 2, batchFirst: true, bidirectional: true);
        ModuleList<AdaptiveResidualBlock1d> Contour() => new(
            new AdaptiveResidualBlock1d(channels, channels, styleSize, dropout: dropout),
            new AdaptiveResidualBlock1d(channels, channels / 2, styleSize, upsample: true, dropout: dropout),
            new AdaptiveResidualBlock1d(channels / 2, channels / 2, styleSize, dropout: dropout));

        _encoder = new DurationEncoder(styleSize, channels, layers, dropout);
        _durationContext = Context();
        _narrow = context == ContextKind.MLstm ? nn.Linear(channels + styleSize, channels) : null;
        _durations = new XavierLinear(channels, maxDuration);
        _frameContext = Context();
        _f0 = Contour();
        _energy = Contour();
        _f0Projection = nn.Conv1d(channels / 2, pitch == PitchScale.Log ? 2 : 1, 1);
        _energyProjection = nn.Conv1d(channels / 2, 1, 1);
        RegisterComponents();
    }

    /// <param name="texts">(B, C, T) phoneme encodings.</param>
    /// <param name="style">(B, S) prosodic styles.</param>
    /// <param name="lengths">(B) int64 phonemes of each item.</param>
    /// <param name="mask">(B, T) bool, true where padding.</param>
    /// <returns>(B, T, C + S), zero where padding.</returns>
    public Tensor Encode(Tensor texts, Tensor style, Tensor lengths, Tensor mask) => _encoder.Encode(texts, style, lengths, mask);

    /// <param name="encoded">(B, T, C + S), from <see cref="Encode"/>.</param>
    /// <param name="lengths">(B) int64 phonemes of each item.</param>
    /// <returns>(B, T, D) logits; the sum of their sigmoids is the duration in aligner frames.</returns>
    public Tensor Durations(Tensor encoded, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var x = InContext(_durationContext, encoded, lengths);                      // (B, T, C)
        return _durations.call(F.dropout(x, DurationDropout, training)).MoveToOuterDisposeScope();
    }

    /// <param name="alignedProsody">(B, C + S, A): what <see cref="Encode"/> gave, each phoneme repeated along its aligner frames.</param>
    /// <param name="style">(B, S) prosodic styles.</param>
    /// <param name="frames">(B) int64 aligner frames of each item, each of which comes out as it would alone; null where all are A
    /// long.</param>
    /// <returns>Contours of one value a mel frame, two for each aligner frame, in float32; what lies after an item's end means
    /// nothing.</returns>
    public PitchAndEnergy PitchAndEnergy(Tensor alignedProsody, Tensor style, Tensor? frames = null)
    {
        using var scope = NewDisposeScope();
        var inside = frames is null ? null
            : SequenceMask.Padding(frames, alignedProsody.shape[2]).logical_not().to(float32).unsqueeze(1);                 // (B, 1, A)
        var x = InContext(_frameContext, alignedProsody.transpose(1, 2), frames).transpose(1, 2);                           // (B, C, A)
        var pitch = Contour(_f0, _f0Projection, x, style, inside); // (B, 1 or 2, 2A)
        var energy = Contour(_energy, _energyProjection, x, style, inside).squeeze(1).MoveToOuterDisposeScope();            // (B, 2A)
        if (pitch.shape[1] == 1)
            return new PitchAndEnergy(pitch.squeeze(1).MoveToOuterDisposeScope(), energy);
        var (log, voicing) = (pitch.select(1, 0), pitch.select(1, 1));                                                      // (B, 2A)
        var hz = (log.clamp(-6, 6) / StepsAnOctave).exp2() * ReferenceHz * (voicing > 0).to(float32);
        return new PitchAndEnergy(
            hz.MoveToOuterDisposeScope(), energy, log.MoveToOuterDisposeScope(), voicing.MoveToOuterDisposeScope());
    }

    /// <summary>The log pitch of frequencies.</summary>
    /// <param name="hz">Of any shape; 0 and less are taken as 1.</param>
    /// <returns>Half octaves above <see cref="ReferenceHz"/>.</returns>
    public static Tensor LogPitchOf(Tensor hz)
    {
        using var scope = NewDisposeScope();
        return (hz.clamp_min(1) / ReferenceHz).log2().mul(StepsAnOctave).MoveToOuterDisposeScope();
    }

    /// <param name="context">An mLSTM stack or an LSTM.</param>
    /// <param name="x">(B, T, C + S).</param>
    /// <param name="lengths">(B) where each item ends, which only an LSTM has to know; null where none has padding.</param>
    /// <returns>(B, T, C).</returns>
    Tensor InContext(nn.Module context, Tensor x, Tensor? lengths) => context switch
    {
        MLstmStack stack => _narrow!.call(stack.call(x)),
        LSTM lstm when lengths is not null => PackedRecurrence.Run(lstm, x, lengths.cpu()),
        _ => ((LSTM)context).call(x).Item1,
    };

    static Tensor Contour(ModuleList<AdaptiveResidualBlock1d> blocks, Conv1d projection, Tensor x, Tensor style, Tensor? inside)
    {
        foreach (var block in blocks)
        {
            x = block.forward(x, style, inside);                                    // (B, C / 2, 2A)
            if (inside is not null && x.shape[2] != inside.shape[2])
                inside = inside.repeat_interleave(2, dim: -1);
        }
        return projection.call(x).to(float32);                                      // (B, 1 or 2, 2A)
    }
}
