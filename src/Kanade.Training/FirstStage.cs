using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The acoustic stage (StyleTTS 2, Li et al. 2023, section 3.1 and appendix; StyleTTS, Li et al. 2022, section 3.2): learns to rebuild
/// recordings from their text, aligned by the aligner, an acoustic style, and their own pitch and energy.
/// </summary>
public static class FirstStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "first";

    /// <summary>Mel bands of the spectral loss.</summary>
    internal const int SpectralBands = 128;

    static readonly string[] Generator = ["text_encoder", "style_encoder", "decoder", AlignerStage.Network];
    static readonly string[] Discriminators = ["mpd", "msd"];

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(FirstStageConfig config, TrainingData data, Checkpoint pretrainedAligner, Checkpoint pretrainedPitch, TrainingRun run, ILogger log)
    {
        var bf16 = config.Run.Precision == Precision.Bf16;
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var spectralLoss = new SpectralLoss(DiscriminatorConfig.Resolutions, data.Mel.SampleRate, FirstStage.SpectralBands);
        using var networks = new NetworkSet();
        manual_seed(run.SeedOf(TrainingRun.Draw.Weights));
        var acoustic = AcousticNetworks.Create(networks, config.Acoustic, data.Mel, TrainingData.Symbols);
        var alignerSizes = pretrainedAligner.Sizes<AlignerConfig>(AlignerStage.Network);
        var aligner = networks.Add(AlignerStage.Network, alignerSizes.Build(data.Mel.Bands, TrainingData.Symbols), alignerSizes);
        PretrainedMel.Require(pretrainedAligner, data.Mel, "an aligner");
        PretrainedMel.Require(pretrainedPitch, data.Mel, "a pitch extractor");
        var pitchSizes = pretrainedPitch.Sizes<PitchConfig>(PitchStage.Network);
        var pitch = networks.Add(PitchStage.Network, pitchSizes.Build(data.Mel.Bands), pitchSizes);
        var periods = networks.Add("mpd", config.Discriminators.BuildPeriods(), config.Discriminators);
        var spectra = networks.Add("msd", config.Discriminators.BuildSpectra(), config.Discriminators);
        using var speechModel = SpeechStates.Create(config.Slm, data.Mel.SampleRate, log);
        using var optimiser = new FusedAdamW(networks.Parameters(Generator), new AdamWConfig(Beta1: 0, Beta2: 0.99));
        using var discriminatorOptimiser = new FusedAdamW(networks.Parameters(Discriminators), new AdamWConfig(Beta1: 0, Beta2: 0.99));

        networks.Freeze(PitchStage.Network);
        log.Information("phases: {Phases:l}", config.Schedule.Describe(config.Run.Steps));
        if (run.Resume() is { } checkpoint)
        {
            networks.Load(checkpoint);
            checkpoint.Load("optimiser", optimiser);
            checkpoint.Load("discriminator_optimiser", discriminatorOptimiser);
        }
        else
        {
            pretrainedAligner.Load(AlignerStage.Network, aligner);
            pretrainedPitch.Load(PitchStage.Network, pitch);
            Validate(0);
        }

        networks.Train([.. Generator, .. Discriminators]);
        foreach (var batch in run.Steps(data.TrainingBatches))
        {
            using var scope = NewDisposeScope();
            var adversarial = run.Step >= config.AdversarialFrom;
            var rate = config.Run.RateAt(run.Step, config.Run.LearningRate);
            var rebuilt = Rebuild(batch, SegmentOf, adversarial, run.RandomOf(TrainingRun.Draw.Choice));
            var losses = new LossTerms { { "mel", config.Weights.Mel, spectralLoss.Compute(rebuilt.Generated.squeeze(1), rebuilt.Recorded.squeeze(1)) } };
            var discriminatorNorm = 0.0;
            if (adversarial)
            {
                using (Autocast.Set(DeviceType.CPU, bf16))
                {
                    var judged = rebuilt.Generated.detach();
                    var loss = AdversarialLoss.Discriminator(periods.forward(rebuilt.Recorded), periods.forward(judged))
                        + AdversarialLoss.Discriminator(spectra.forward(rebuilt.Recorded), spectra.forward(judged));
                    losses.Add("discriminator", 0, loss.detach());
                    loss.backward();
                }
                discriminatorNorm = GradientClip.Apply(discriminatorOptimiser.Parameters, config.Run.ClipNorm);
                if (double.IsFinite(discriminatorNorm))
                    discriminatorOptimiser.Step(rate);
                using (Autocast.Set(DeviceType.CPU, bf16))
                {
                    losses.Add("adversarial", config.Weights.Adversarial,
                        AdversarialLoss.Generator(periods.forward(rebuilt.Recorded), periods.forward(rebuilt.Generated))
                        + AdversarialLoss.Generator(spectra.forward(rebuilt.Recorded), spectra.forward(rebuilt.Generated)));
                    losses.Add("slm", config.Weights.Slm, speechModel.Distance(rebuilt.Recorded, rebuilt.Generated));
                }
                losses.Add("monotonic", config.Weights.Monotonic,
                    AlignmentLoss.Monotonic(rebuilt.Attention, rebuilt.Path, batch.IdLengths, rebuilt.Mel.Frames));
                losses.Add("tokens", config.Weights.Tokens, AlignmentLoss.Tokens(rebuilt.TokenLogits, batch.Ids, batch.IdLengths));
            }
            losses.Total().backward();
            var norm = GradientClip.Apply(optimiser.Parameters, config.Run.ClipNorm);
            if (run.Accept(losses, norm + discriminatorNorm, batch.UtteranceIds))
                optimiser.Step(rate);
            optimiser.ZeroGradients();
            discriminatorOptimiser.ZeroGradients(); // the generator's backward passed through the discriminators too
            run.Log(losses, rate);
            if (run.ValidationDue)
                Validate(run.Step + 1);
            if (run.SaveDue)
                Save();
        }
        run.Finish();

        SegmentCrop SegmentOf(long[] frames) =>
            SegmentCrop.Draw(frames, config.CropFrames / 2, data.Mel.HopLength, run.RandomOf(TrainingRun.Draw.Crop));

        Rebuilt Rebuild(SpeechBatch batch, Func<long[], SegmentCrop> segment, bool trainAligner, Random? choice)
        {
            var mel = BatchMel.Of(batch, spectrogram);
            using var generator = run.GeneratorOf(TrainingRun.Draw.Source);
            using var autocast = Autocast.Set(DeviceType.CPU, bf16);
            Alignment alignment;
            using (set_grad_enabled(trainAligner && is_grad_enabled()))
            {
                var told = choice is null ? batch.Ids : TextAligner.MaskTokens(batch.Ids, rand(batch.Ids.shape, generator: generator), config.MaskProbability);
                alignment = aligner.forward(mel.Mel, told, mel.FrameMask);
            }
            var attention = alignment.Attention.narrow(1, 1, batch.Ids.shape[1]);                               // (B, T, A)
            var path = MonotonicAlignment.Path(attention, batch.IdLengths, mel.Frames);                         // (B, T, A)
            var text = acoustic.TextEncoder.forward(batch.Ids, batch.IdLengths, mel.IdMask);                    // (B, C, T)
            // Half of the steps decode from the soft alignment, so that the aligner learns from the sound; synthesis has hard ones.
            var soft = choice is not null && choice.Next(2) == 0;
            var aligned = text.bmm(soft ? attention.to(text.dtype) : path.to(text.dtype));                      // (B, C, A)

            var crop = segment(mel.Frames.data<long>().ToArray());
            var piece = crop.Mel(mel.Mel);                                                                      // (B, M, 2a)
            var recorded = crop.Samples(batch.Samples).unsqueeze(1);                                            // (B, 1, N)
            Tensor f0, energy;
            using (no_grad())
            {
                f0 = pitch.forward(piece.unsqueeze(1));                                                         // (B, 2a)
                energy = Energy.FromMel(piece);                                                            // (B, 2a)
            }
            if (choice is not null)
                (f0, energy) = (DecoderSmoothing.Apply(f0, OneOf(DecoderSmoothing.PitchWidths)), DecoderSmoothing.Apply(energy, OneOf(DecoderSmoothing.EnergyWidths)));
            var style = acoustic.StyleEncoder.forward(StyleInput.Of(piece));                                    // (B, S)
            var noiseShape = new[] { recorded.shape[0], recorded.shape[2], acoustic.Decoder.SourceChannels };
            var noise = choice is null ? zeros(noiseShape) : randn(noiseShape, generator: generator);
            var generated = acoustic.Decoder.forward(crop.Aligned(aligned), f0, energy, style, noise);          // (B, 1, N)
            int OneOf(IReadOnlyList<int> widths) => widths[choice!.Next(widths.Count)];
            return new Rebuilt(mel, attention, path, alignment.TokenLogits, recorded, generated.to(ScalarType.Float32));
        }

        void Validate(long step)
        {
            networks.Train();
            double loss = 0;
            var utterances = 0;
            using (no_grad())
            {
                foreach (var batch in data.ValidationBatches())
                {
                    using (batch)
                    using (NewDisposeScope())
                    {
                        var rebuilt = Rebuild(batch, f => SegmentCrop.First(f, config.CropFrames / 2, data.Mel.HopLength), false, null);
                        loss += spectralLoss.Compute(rebuilt.Generated.squeeze(1), rebuilt.Recorded.squeeze(1)).item<float>() * batch.Count;
                        if (utterances == 0)
                        {
                            run.Board?.Audio("validation/recorded", rebuilt.Recorded[0, 0].contiguous().data<float>().ToArray(), data.Mel.SampleRate, step);
                            run.Board?.Audio("validation/generated", rebuilt.Generated[0, 0].contiguous().data<float>().ToArray(), data.Mel.SampleRate, step);
                        }
                        utterances += batch.Count;
                    }
                }
            }
            run.Report(step, loss / utterances, new Dictionary<string, float> { ["mel"] = (float)(loss / utterances) });
            networks.Train([.. Generator, .. Discriminators]);
        }

        void Save() => run.Save(
            networks.Sizes,
            new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(networks.Parts)
            {
                ["optimiser"] = optimiser.State(),
                ["discriminator_optimiser"] = discriminatorOptimiser.State(),
            });
    }

    sealed record Rebuilt(BatchMel Mel, Tensor Attention, Tensor Path, Tensor TokenLogits, Tensor Recorded, Tensor Generated);
}
