using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What the prosody stage does with styles that are drawn for a text: it learns to draw them, and speaks in them for the SLM
/// discriminator.</summary>
sealed class DiffusionPass(SecondStageConfig config, ProsodyStageNetworks networks, MelConfig mel, IProcessGroup group)
{
    const string SigmaDataCount = "sigma_data_count";

    readonly DiffusionSampler _sampler = new();

    /// <summary>The deviation of the styles of the last steps, which a voice keeps beside its diffusion.</summary>
    public RecentMean SigmaData { get; } = new();

    SpeechNetworks Speech => networks.Speech;

    /// <summary>What a checkpoint keeps of it.</summary>
    public Dictionary<string, double> Measures() =>
        new() { [CheckpointState.SigmaData] = SigmaData.Value, [SigmaDataCount] = SigmaData.Count };

    /// <summary>Begins with the spread of styles that the diffusion was trained on, where it was.</summary>
    public void Begin(TrainedWeights? start)
    {
        if (start?.SigmaData > 0)
            SigmaData.Begin(start.SigmaData);
    }

    /// <summary>Goes on from a checkpoint's <see cref="Measures"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, double> measures) =>
        SigmaData.Restore(measures[CheckpointState.SigmaData], measures[SigmaDataCount]);

    /// <summary>Adds the diffusion's losses: of denoising the recordings' styles, and of the styles that it draws.</summary>
    /// <param name="losses">The step's.</param>
    /// <param name="spoken">Whose styles and contexts.</param>
    /// <param name="references">(B, 2S) what the diffusion is told of the voices; null where it is told nothing.</param>
    /// <param name="draws">Noise.</param>
    public void AddLosses(LossTerms losses, Spoken spoken, Tensor? references, StepDraws draws)
    {
        var target = spoken.Styles.detach();                                                                       // (B, 2S)
        Speech.Diffusion.SigmaData = SigmaData.Add(group.Mean(target.std(1).mean().item<float>()));
        var context = spoken.Context.to(ScalarType.Float32);
        var (rows, size, mask) = (target.shape[0], target.shape[1], spoken.Recorded.Heard.IdMask);
        var sampled = Sample(context, references, mask, draws, 0);
        var dropped = draws.Uniform(Draw.Diffusion, 3, rows) < networks.Diffusion.DropContext;
        var sigmas = Speech.Diffusion.Sigmas(draws.Normal(Draw.Diffusion, 4, rows));
        losses.Add("diffusion", config.Weights.Diffusion, Speech.Diffusion.Loss(
            target.unsqueeze(1), sigmas, draws.Normal(Draw.Diffusion, 5, rows, 1, size), context, references, dropped, mask));
        losses.Add("style", config.Weights.Style, nn.functional.l1_loss(sampled, target));
    }

    /// <summary>Speaks texts, those of the batch or others, with predicted durations and drawn styles, through a differentiable
    /// alignment.</summary>
    /// <param name="spoken">The batch's prosody.</param>
    /// <param name="piece">A piece of it, decoded.</param>
    /// <param name="references">(B, 2S) what the diffusion is told of the voices, or null.</param>
    /// <param name="batch">Recordings to compare with.</param>
    /// <param name="texts">Other texts, half of the time; null: never.</param>
    /// <param name="draws">Texts, styles, places, noise.</param>
    /// <returns>Null where too few of the utterances are long enough.</returns>
    public JudgedSpeech? Speak(
        Spoken spoken, DecodedPiece piece, Tensor? references, SpeechBatch batch, OutOfSetTexts? texts, StepDraws draws)
    {
        using var autocast = Autocast.Set(DeviceType.CPU, config.Run.Precision == Precision.Bf16);
        var random = draws.Random(Draw.Slm);
        var ofTheBatch = texts is null || random.Next(2) == 0;
        var (ids, lengths) = ofTheBatch ? (batch.Ids, batch.IdLengths) : texts!.Take(draws.Uniform(Draw.Slm, 1, batch.Count));
        var mask = SequenceMask.Padding(lengths, ids.shape[1]);
        var (context, encoded) = Speech.EncodeText(ids, mask);
        // The true style at times, so that the prosody of recordings is heard too.
        var styles = ofTheBatch && random.Next(2) == 0 ? spoken.Styles.detach()
            : Sample(context.to(ScalarType.Float32), references, mask, draws, 6);
        var (acoustic, prosodic) = ProsodyPass.Halves(styles);
        var prosody = Speech.Predictor.Encode(encoded, prosodic, lengths, mask);                                   // (B, T, C + S)
        var alignment = DurationAlignment.Soft(Speech.Predictor.Durations(prosody, lengths), lengths, config.Slmadv.Sig);

        var frames = alignment.Frames.cpu().data<long>().ToArray();
        var length = Math.Clamp(group.Least(frames.Min()) - 1, config.Slmadv.MinLen / 2, config.Slmadv.MaxLen / 2);
        var rows = Enumerable.Range(0, frames.Length).Where(row => frames[row] > length && spoken.Recorded.Frames[row] > length)
            .Take((int)Math.Ceiling(config.Slmadv.BatchPercentage * frames.Length)).ToArray();
        if (group.Least(rows.Length) < 2)
            return null;
        var taken = tensor(rows.Select(row => (long)row).ToArray());
        var crop = Crop([.. rows.Select(row => frames[row])], length, draws, 2);
        var contours = Speech.Predictor.PitchAndEnergy(
            prosody.transpose(1, 2).bmm(alignment.Attention.to(prosody.dtype)), prosodic, alignment.Frames);
        Tensor text;
        using (no_grad())
            text = Speech.TextEncoder.forward(ids, lengths, mask);
        var aligned = text.bmm(alignment.Attention.to(text.dtype)).index_select(0, taken);
        var noise = draws.Normal(Draw.Source, 1, rows.Length, 2 * length * mel.HopLength, Speech.Decoder.SourceChannels);
        var generated = Speech.Decoder.forward(
            crop.Aligned(aligned), crop.Mel(contours.F0.index_select(0, taken)), crop.Mel(contours.Energy.index_select(0, taken)),
            acoustic.index_select(0, taken), noise).to(ScalarType.Float32);
        var clips = Crop([.. rows.Select(row => spoken.Recorded.Frames[row])], length, draws, 3)
            .Samples(batch.Samples.index_select(0, taken)).unsqueeze(1);
        return new JudgedSpeech(piece.Recorded, piece.Rebuilt!, clips, generated);
    }

    SegmentCrop Crop(long[] frames, long length, StepDraws draws, int index) =>
        SegmentCrop.Draw(frames, length, mel.HopLength, draws.Uniform(Draw.Slm, index, frames.Length), SingleProcess.Instance);

    /// <returns>(B, 2S)</returns>
    Tensor Sample(Tensor context, Tensor? references, Tensor mask, StepDraws draws, int index)
    {
        using var exact = Autocast.Disable(context.device.type);
        var (rows, size) = (context.shape[0], 2L * AcousticConfig.StyleSize);
        var noise = draws.Normal(Draw.Diffusion, index, rows, 1, size);
        var stepNoise = draws.Normal(Draw.Diffusion, index + 1, rows, config.SamplerSteps - 1, 1, size).transpose(0, 1);
        return _sampler.Sample(Speech.Diffusion, noise, stepNoise, context, references, mask: mask).squeeze(1);
    }
}
