using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>The prosody stage's forward pass: durations, pitch and energy of whole utterances from their text and prosodic style, speech
/// decoded from them, and their losses.</summary>
sealed class ProsodyPass(SecondStageConfig config, ProsodyStageNetworks networks, MelConfig mel, IProcessGroup group) : IDisposable
{
    readonly MelSpectrogram _spectrogram = new(mel);
    readonly SpectralLoss _spectralLoss = new(DiscriminatorConfig.Resolutions, mel.SampleRate, AcousticPass.SpectralBands);

    SpeechNetworks Speech => networks.Speech;

    /// <summary>Predicts a training batch's prosody.</summary>
    public Spoken Predict(SpeechBatch batch, TrainingStep step)
    {
        using var autocast = Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16);
        var recorded = RecordedSpeech.Of(batch, _spectrogram, networks.Pitch);
        var (heard, frames) = (recorded.Mel, 2 * recorded.Heard.Frames);
        if (config.StyleFrames is { } longest)
        {
            var piece = SegmentCrop.Draw(recorded.Frames, longest / 2, mel.HopLength, step.Draws.Uniform(Draw.Style, 0, batch.Count),
                group);
            (heard, frames) = (piece.Mel(heard), full_like(frames, 2 * piece.Frames));
        }
        return Predict(batch, recorded, heard, frames, styleLearns: step.In(Phase.Joint));
    }

    /// <summary>Predicts a validation batch's prosody, in the style of whole recordings.</summary>
    public Spoken Predict(SpeechBatch batch)
    {
        var recorded = RecordedSpeech.Of(batch, _spectrogram, networks.Pitch);
        return Predict(batch, recorded, recorded.Mel, 2 * recorded.Heard.Frames, styleLearns: false);
    }

    /// <summary>The losses of durations, pitch and energy.</summary>
    public LossTerms Losses(Spoken spoken, SpeechBatch batch)
    {
        var (predicted, frames, weights) = (spoken.Predicted, 2 * spoken.Recorded.Heard.Frames, config.Weights);
        var losses = new LossTerms
        {
            { "duration", weights.Duration, DurationLoss.L1(spoken.DurationLogits, spoken.Durations, batch.IdLengths) },
            { "duration_bits", weights.DurationBits, DurationLoss.CrossEntropy(spoken.DurationLogits, spoken.Durations, batch.IdLengths) },
            { "energy", weights.Energy, ProsodyLoss.Energy(predicted.Energy, spoken.Recorded.Energy, frames) },
        };
        if (predicted.LogPitch is null)
        {
            losses.Add("f0", weights.F0, ProsodyLoss.Pitch(predicted.F0, spoken.Recorded.F0, frames));
            return losses;
        }
        losses.Add("f0", weights.F0, ProsodyLoss.LogPitch(predicted.LogPitch, spoken.Recorded.F0, frames));
        losses.Add("voicing", weights.Voicing, ProsodyLoss.Voicing(predicted.Voicing!, spoken.Recorded.F0, frames));
        return losses;
    }

    /// <summary>Decodes a drawn piece of each utterance from its predicted pitch and energy. What it is compared with is the recording once
    /// the decoder learns, and before that what the decoder makes of the true pitch and energy: the predictor is not to mend the
    /// decoder.</summary>
    public DecodedPiece Decode(Spoken spoken, SpeechBatch batch, TrainingStep step, bool rebuilds = false)
    {
        using var autocast = Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16);
        var recorded = spoken.Recorded;
        var crop = SegmentCrop.Draw(recorded.Frames, config.CropFrames / 2, mel.HopLength, step.Draws.Uniform(Draw.Crop, 0, batch.Count),
            group);
        var noise = step.Draws.Normal(Draw.Source, 0, batch.Count, 2 * crop.Frames * mel.HopLength, Speech.Decoder.SourceChannels);
        var generated = Decode(spoken, crop, spoken.Predicted.F0, spoken.Predicted.Energy, noise);                 // (B, 1, N)
        Tensor? rebuilt = null;
        if (rebuilds || !step.In(Phase.Joint))
        {
            using var noGradient = no_grad();
            rebuilt = Decode(spoken, crop, recorded.F0, recorded.Energy, noise);
        }
        var wave = crop.Samples(batch.Samples).unsqueeze(1);                                                       // (B, 1, N)
        return new DecodedPiece(generated, step.In(Phase.Joint) ? wave : rebuilt!, wave, rebuilt);
    }

    /// <summary>Adds how far decoded speech is from what it is compared with.</summary>
    public void AddLosses(LossTerms losses, DecodedPiece piece)
    {
        losses.Add("mel", config.Weights.Mel, _spectralLoss.Compute(piece.Generated.squeeze(1), piece.Target.squeeze(1)));
        if (config.Weights.Slm != 0 && networks.SpeechModel is { } model)
            losses.Add("slm", config.Weights.Slm, model.Distance(piece.Target, piece.Generated));
    }

    /// <summary>Decodes the loudest piece of each recording of a validation batch from its predicted pitch and energy.</summary>
    /// <returns>The distance of spectra, and the pieces recorded and generated, (B, 1, N).</returns>
    public (Tensor Loss, Tensor Recorded, Tensor Generated) DecodeLoudest(Spoken spoken, SpeechBatch batch)
    {
        var crop = SegmentCrop.Loudest(spoken.Recorded.Frames, config.CropFrames / 2, mel.HopLength, spoken.Recorded.Energy);
        var noise = ValidationNoise.Of(batch.Count, 2 * crop.Frames * mel.HopLength, Speech.Decoder.SourceChannels);
        var (wave, generated) = (crop.Samples(batch.Samples), Decode(spoken, crop, spoken.Predicted.F0, spoken.Predicted.Energy, noise));
        return (_spectralLoss.Compute(generated.squeeze(1), wave), wave.unsqueeze(1), generated);
    }

    /// <summary>Speaks the text of one utterance of a validation batch, with predicted durations, in its recording's style.</summary>
    /// <returns>(N) samples.</returns>
    public Tensor SpeakText(Spoken spoken, SpeechBatch batch, int row)
    {
        using var scope = NewDisposeScope();
        var symbols = batch.IdLengths[row].item<long>();
        var ids = batch.Ids.narrow(0, row, 1).narrow(1, 0, symbols);
        var (lengths, mask) = (batch.IdLengths.narrow(0, row, 1), zeros(1, symbols, dtype: ScalarType.Bool));
        var (acoustic, prosodic) = Halves(spoken.Styles.narrow(0, row, 1));
        var prosody = Speech.Predictor.Encode(spoken.Encoded.narrow(0, row, 1).narrow(2, 0, symbols), prosodic, lengths, mask);
        var durations = Speech.Predictor.Durations(prosody, lengths).sigmoid().sum(2).round().to(ScalarType.Int64);         // (1, T)
        var shortest = tensor(ids.data<long>().ToArray().Select(id => SpokenSymbols.ShortestFrames((int)id, config.Alignment)).ToArray());
        durations = durations.maximum(shortest.unsqueeze(0));
        var alignment = DurationAlignment.Hard(durations, Math.Max(1, durations.sum().item<long>()));                       // (1, T, A)
        var contours = Speech.Predictor.PitchAndEnergy(prosody.transpose(1, 2).bmm(alignment), prosodic);
        var text = Speech.TextEncoder.forward(ids, lengths, mask).bmm(alignment);
        var noise = ValidationNoise.Of(1, 2 * alignment.shape[2] * mel.HopLength, Speech.Decoder.SourceChannels);
        return Speech.Decoder.forward(text, contours.F0, contours.Energy, acoustic,
            noise).to(ScalarType.Float32).reshape(-1).MoveToOuterDisposeScope();
    }

    /// <summary>The styles of the batch's references, which tell the diffusion whose voice it is: of another recording of the speaker, and
    /// zeros where there is none and in a tenth of the rows.</summary>
    /// <returns>(B, 2S) without gradient.</returns>
    public Tensor References(SpeechBatch batch, StepDraws draws)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var sound = batch.References ?? throw new InvalidOperationException("the dataset was opened without references");
        var heard = _spectrogram.Compute(sound.Samples);
        var told = sound.Present & (draws.Uniform(Draw.Diffusion, 9, batch.Count) >= NullReferences);
        return (Speech.StyleOf(heard, sound.FrameLengths) * told.to(ScalarType.Float32).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    const double NullReferences = 0.1;

    internal static (Tensor Acoustic, Tensor Prosodic) Halves(Tensor styles) =>
        (styles.narrow(1, 0, AcousticConfig.StyleSize), styles.narrow(1, AcousticConfig.StyleSize, AcousticConfig.StyleSize));

    Spoken Predict(SpeechBatch batch, RecordedSpeech recorded, Tensor heard, Tensor heardFrames, bool styleLearns)
    {
        var (ids, lengths, mask) = (batch.Ids, batch.IdLengths, recorded.Heard.IdMask);
        Tensor path;
        using (no_grad())
            path = Path(batch, recorded);                                                                          // (B, T, A)
        var text = Speech.TextEncoder.forward(ids, lengths, mask);                                                 // (B, C, T)
        Tensor acoustic;
        using (set_grad_enabled(styleLearns && is_grad_enabled()))
            acoustic = Speech.StyleEncoder.StyleOf(heard, heardFrames);                                            // (B, S)
        var prosodic = Speech.ProsodicStyleEncoder.StyleOf(heard, heardFrames);                                    // (B, S)
        var (context, encoded) = Speech.EncodeText(ids, mask);                                                     // (B, T, H), (B, C, T)
        var prosody = Speech.Predictor.Encode(encoded, prosodic, lengths, mask);                                   // (B, T, C + S)
        var durationLogits = Speech.Predictor.Durations(prosody, lengths);                                         // (B, T, D)
        var predicted = Speech.Predictor.PitchAndEnergy(
            prosody.transpose(1, 2).bmm(path.to(prosody.dtype)), prosodic, recorded.Heard.Frames);
        return new Spoken(
            recorded, path, text, context, encoded, cat([acoustic, prosodic], 1).to(ScalarType.Float32), durationLogits, path.sum(2),
                predicted);
    }

    Tensor Path(SpeechBatch batch, RecordedSpeech recorded)
    {
        if (networks.Aligner is not { } aligner)
            return recorded.PathOf(batch);
        var alignment = aligner.forward(recorded.Mel, batch.Ids, recorded.Heard.FrameMask);
        return MonotonicAlignment.Path(alignment.Attention.narrow(1, 1, batch.Ids.shape[1]), batch.IdLengths, recorded.Heard.Frames);
    }

    Tensor Decode(Spoken spoken, SegmentCrop crop, Tensor f0, Tensor energy, Tensor noise) => Speech.Decoder.forward(
        crop.Aligned(spoken.Text.bmm(spoken.Path.to(spoken.Text.dtype))), crop.Mel(f0), crop.Mel(energy), Halves(spoken.Styles).Acoustic,
            noise)
        .to(ScalarType.Float32);

    public void Dispose()
    {
        _spectrogram.Dispose();
        _spectralLoss.Dispose();
    }
}

/// <summary>What the prosody stage predicts of a batch, and what it learns from.</summary>
/// <param name="Recorded">The recordings.</param>
/// <param name="Path">(B, T, A) when each symbol is spoken.</param>
/// <param name="Text">(B, C, T) encodings for the decoder.</param>
/// <param name="Context">(B, T, H) PL-BERT's.</param>
/// <param name="Encoded">(B, C, T) encodings for the predictor.</param>
/// <param name="Styles">(B, 2S).</param>
/// <param name="DurationLogits">(B, T, D).</param>
/// <param name="Durations">(B, T) aligner frames.</param>
/// <param name="Predicted">Pitch and energy of whole utterances, along their true durations.</param>
sealed record Spoken(
    RecordedSpeech Recorded, Tensor Path, Tensor Text, Tensor Context, Tensor Encoded, Tensor Styles, Tensor DurationLogits,
        Tensor Durations,
    PitchAndEnergy Predicted);

/// <summary>A decoded piece of each utterance, (B, 1, N) each.</summary>
/// <param name="Generated">From predicted pitch and energy.</param>
/// <param name="Target">What it should sound like.</param>
/// <param name="Recorded">The recording.</param>
/// <param name="Rebuilt">From true pitch and energy; null where nobody asked.</param>
sealed record DecodedPiece(Tensor Generated, Tensor Target, Tensor Recorded, Tensor? Rebuilt);
