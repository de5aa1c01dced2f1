using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The acoustic stage's forward pass: recordings rebuilt from their text, aligned, and their own style, pitch and energy; and its
/// losses.</summary>
sealed class AcousticPass(FirstStageConfig config, AcousticStageNetworks networks, MelConfig mel, IProcessGroup group) : IDisposable
{
    /// <summary>Mel bands of the spectral loss.</summary>
    internal const int SpectralBands = 128;

    readonly MelSpectrogram _spectrogram = new(mel);
    readonly SpectralLoss _spectralLoss = new(DiscriminatorConfig.Resolutions, mel.SampleRate, SpectralBands);

    /// <summary>Rebuilds a drawn piece of each recording of a training batch.</summary>
    public Rebuilt Rebuild(SpeechBatch batch, TrainingStep step)
    {
        var draws = step.Draws;
        using var autocast = Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16);
        var recorded = RecordedSpeech.Of(batch, _spectrogram, networks.Pitch);
        var (path, attention) = Align(batch, recorded, draws, learns: step.In(Phase.Adversarial));
        // Half of the steps decode from the soft alignment, so that the aligner learns from the sound; synthesis has hard ones.
        var random = draws.Random(Draw.Choice);
        var alignment = attention is not null && random.Next(2) == 0 ? attention.Value.Soft : path;

        var crop = SegmentCrop.Draw(recorded.Frames, config.CropFrames / 2, mel.HopLength, draws.Uniform(Draw.Crop, 0, batch.Count), group);
        var (f0, energy) = (crop.Mel(recorded.F0), crop.Mel(recorded.Energy));                                     // (B, 2a) each
        if (config.Smoothing)
        {
            f0 = DecoderSmoothing.Apply(f0, OneOf(DecoderSmoothing.PitchWidths));
            energy = DecoderSmoothing.Apply(energy, OneOf(DecoderSmoothing.EnergyWidths));
        }
        long[] noise = [batch.Count, 2 * crop.Frames * mel.HopLength, networks.Acoustic.Decoder.SourceChannels];
        return Decode(batch, recorded, crop, alignment, f0, energy, StyleOf(recorded, draws), draws.Normal(Draw.Source, 0, noise)) with
        {
            Path = path,
            Attention = attention,
        };

        int OneOf(IReadOnlyList<int> widths) => widths[random.Next(widths.Count)];
    }

    /// <summary>Rebuilds the loudest piece of each recording of a validation batch, from the style of the whole.</summary>
    public Rebuilt RebuildLoudest(SpeechBatch batch)
    {
        var recorded = RecordedSpeech.Of(batch, _spectrogram, networks.Pitch);
        var (path, _) = Align(batch, recorded, draws: null, learns: false);
        var crop = SegmentCrop.Loudest(recorded.Frames, config.CropFrames / 2, mel.HopLength, recorded.Energy);
        var style = networks.Acoustic.StyleEncoder.StyleOf(recorded.Mel, 2 * recorded.Heard.Frames);
        var noise = ValidationNoise.Of(batch.Count, 2 * crop.Frames * mel.HopLength, networks.Acoustic.Decoder.SourceChannels);
        return Decode(batch, recorded, crop, path, crop.Mel(recorded.F0), crop.Mel(recorded.Energy), style, noise);
    }

    /// <summary>The distance of spectra.</summary>
    public Tensor MelLoss(Rebuilt rebuilt) => _spectralLoss.Compute(rebuilt.Generated.squeeze(1), rebuilt.Recorded.squeeze(1));

    /// <summary>The losses of a batch; those of the discriminators are not among them.</summary>
    public LossTerms Losses(Rebuilt rebuilt, SpeechBatch batch, TrainingStep step)
    {
        var losses = new LossTerms { { "mel", config.Weights.Mel, MelLoss(rebuilt) } };
        if (rebuilt.PredictedMel is { } predicted)
            losses.Add("predicted_mel", config.Weights.PredictedMel, nn.functional.l1_loss(predicted, rebuilt.Mel));
        if (!step.In(Phase.Adversarial))
            return losses;
        if (networks.SpeechModel is { } speechModel)
            losses.Add("slm", config.Weights.Slm, speechModel.Distance(rebuilt.Recorded, rebuilt.Generated));
        if (rebuilt.Attention is not { } attention)
            return losses;
        losses.Add("monotonic", config.Weights.Monotonic,
            AlignmentLoss.Monotonic(attention.Soft, rebuilt.Path!, batch.IdLengths, rebuilt.Heard.Frames));
        losses.Add("tokens", config.Weights.Tokens, AlignmentLoss.Tokens(attention.TokenLogits, batch.Ids, batch.IdLengths));
        return losses;
    }

    /// <returns>(B, T, A) hard alignment, and what it was found from where the aligner was asked.</returns>
    (Tensor Path, Attention? Attention) Align(SpeechBatch batch, RecordedSpeech recorded, StepDraws? draws, bool learns)
    {
        if (networks.Aligner is not { } aligner)
            return (recorded.PathOf(batch), null);
        using var gradient = set_grad_enabled(learns && is_grad_enabled());
        var told = draws is null ? batch.Ids
            : TextAligner.MaskTokens(batch.Ids, draws.Uniform(Draw.Mask, 0, batch.Ids.shape), config.MaskProbability);
        var alignment = aligner.forward(recorded.Mel, told, recorded.Heard.FrameMask);
        var soft = alignment.Attention.narrow(1, 1, batch.Ids.shape[1]);                                           // (B, T, A)
        var path = MonotonicAlignment.Path(soft, batch.IdLengths, recorded.Heard.Frames);                          // (B, T, A)
        return (path, new Attention(soft, alignment.TokenLogits));
    }

    /// <summary>The style of another, longer piece than the one that is decoded: what a style tells must not be the piece itself.</summary>
    Tensor StyleOf(RecordedSpeech recorded, StepDraws draws)
    {
        var frames = 2 * recorded.Heard.Frames;
        if (config.StyleFrames is not { } longest)
            return networks.Acoustic.StyleEncoder.StyleOf(recorded.Mel, frames);
        var piece = SegmentCrop.Draw(recorded.Frames, longest / 2, mel.HopLength, draws.Uniform(Draw.Style, 0, recorded.Frames.Length),
            group);
        return networks.Acoustic.StyleEncoder.StyleOf(piece.Mel(recorded.Mel), full_like(frames, 2 * piece.Frames));
    }

    Rebuilt Decode(
        SpeechBatch batch, RecordedSpeech recorded, SegmentCrop crop, Tensor alignment, Tensor f0, Tensor energy, Tensor style,
            Tensor noise)
    {
        var text = networks.Acoustic.TextEncoder.forward(batch.Ids, batch.IdLengths, recorded.Heard.IdMask);       // (B, C, T)
        var aligned = crop.Aligned(text.bmm(alignment.to(text.dtype)));                                            // (B, C, a)
        var (wave, predictedMel) = networks.Acoustic.Decoder.Decode(aligned, f0, energy, style, noise);            // (B, 1, N), (B, M, 2a)
        return new Rebuilt(
            recorded.Heard, crop.Samples(batch.Samples).unsqueeze(1), wave.to(ScalarType.Float32), crop.Mel(recorded.Mel),
                predictedMel?.to(ScalarType.Float32));
    }

    public void Dispose()
    {
        _spectrogram.Dispose();
        _spectralLoss.Dispose();
    }
}

/// <summary>What the aligner said of a batch.</summary>
/// <param name="Soft">(B, T, A) where each symbol is heard.</param>
/// <param name="TokenLogits">(B, T + 1, V).</param>
readonly record struct Attention(Tensor Soft, Tensor TokenLogits);

/// <summary>Pieces of recordings, rebuilt.</summary>
/// <param name="Heard">Spectrograms and masks of the whole recordings.</param>
/// <param name="Recorded">(B, 1, N) the pieces.</param>
/// <param name="Generated">(B, 1, N) what was made of them.</param>
/// <param name="Mel">(B, M, F) the pieces' spectrograms.</param>
/// <param name="PredictedMel">(B, M, F) what the decoder took them for on its way, where it does.</param>
/// <param name="Path">(B, T, A) the hard alignment.</param>
/// <param name="Attention">Where the aligner was asked.</param>
sealed record Rebuilt(
    BatchMel Heard, Tensor Recorded, Tensor Generated, Tensor Mel, Tensor? PredictedMel, Tensor? Path = null, Attention? Attention = null);
