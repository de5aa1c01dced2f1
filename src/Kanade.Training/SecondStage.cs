using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>
/// The prosody stage (StyleTTS 2, Li et al. 2023, section 3.2): learns durations, pitch and energy from text and prosodic style, the
/// diffusion of styles given a text, and, with sampled styles and predicted durations, to satisfy the SLM discriminator.
/// </summary>
public static class SecondStage
{
    /// <summary>The stage's name in checkpoints.</summary>
    public const string Name = "second";

    static readonly string[] Prosody = ["bert_encoder", "predictor", "predictor_encoder", "diffusion"];
    static readonly string[] Bert = [PhonemeBertStage.Network];
    static readonly string[] FineTuned = ["decoder", "style_encoder"];
    static readonly string[] Discriminators = ["mpd", "msd"];
    static readonly string[] SlmDiscriminators = ["wd"];

    /// <summary>Runs to the last step or an interruption, from the run's last checkpoint where there is one.</summary>
    public static void Train(SecondStageConfig config, TrainingData data, Checkpoint first, Checkpoint pretrainedBert, TrainingRun run, ILogger log)
    {
        var bf16 = config.Run.Precision == Precision.Bf16;
        using var spectrogram = new MelSpectrogram(data.Mel);
        using var spectralLoss = new SpectralLoss(DiscriminatorConfig.Resolutions, data.Mel.SampleRate, FirstStage.SpectralBands);
        using var speechModel = SpeechStates.Create(config.Slm, data.Mel.SampleRate, log);
        using var networks = new NetworkSet();
        manual_seed(run.SeedOf(TrainingRun.Draw.Weights));
        var speech = SpeechNetworks.Create(
            networks, first.Sizes<AcousticConfig>("text_encoder"), pretrainedBert.Sizes<PhonemeBertConfig>(PhonemeBertStage.Network),
            config.Prosody, config.Diffusion, data.Mel, TrainingData.Symbols);
        var alignerSizes = first.Sizes<AlignerConfig>(AlignerStage.Network);
        var aligner = networks.Add(AlignerStage.Network, alignerSizes.Build(data.Mel.Bands, TrainingData.Symbols), alignerSizes);
        var pitchSizes = first.Sizes<PitchConfig>(PitchStage.Network);
        var pitch = networks.Add(PitchStage.Network, pitchSizes.Build(data.Mel.Bands), pitchSizes);
        var discriminatorSizes = first.Sizes<DiscriminatorConfig>("mpd");
        var periods = networks.Add("mpd", discriminatorSizes.BuildPeriods(), discriminatorSizes);
        var spectra = networks.Add("msd", discriminatorSizes.BuildSpectra(), discriminatorSizes);
        var slmDiscriminator = networks.Add("wd", new SlmDiscriminator(speechModel.Hidden, speechModel.Layers, config.Slm.DiscriminatorChannels), config.Slm);
        networks.Freeze("text_encoder", AlignerStage.Network, PitchStage.Network);

        var quick = new AdamWConfig(Beta1: 0, Beta2: 0.99);
        using var prosodyOptimiser = new StageOptimiser("optimiser", new FusedAdamW(networks.Parameters(Prosody), quick), config.Run.LearningRate);
        using var bertOptimiser = new StageOptimiser(
            "bert_optimiser", new FusedAdamW(networks.Parameters(Bert), new AdamWConfig(Beta1: 0.9, Beta2: 0.99, WeightDecay: 1e-2)), config.BertRate);
        using var fineTuneOptimiser = new StageOptimiser("fine_tune_optimiser", new FusedAdamW(networks.Parameters(FineTuned), quick), config.FineTuneRate);
        using var discriminatorOptimiser = new StageOptimiser(
            "discriminator_optimiser", new FusedAdamW(networks.Parameters(Discriminators), quick), config.Run.LearningRate);
        using var slmOptimiser = new StageOptimiser("slm_optimiser", new FusedAdamW(networks.Parameters(SlmDiscriminators), quick), config.Run.LearningRate);
        StageOptimiser[] optimisers = [prosodyOptimiser, bertOptimiser, fineTuneOptimiser, discriminatorOptimiser, slmOptimiser];

        string[] trained = [.. Prosody, .. Bert, .. FineTuned, .. Discriminators, .. SlmDiscriminators];
        var sampler = new DiffusionSampler();
        var sigmaData = new RunningMean();
        log.Information("phases: {Phases:l}", config.Schedule.Describe(config.Run.Steps));
        if (run.Resume() is { } checkpoint)
        {
            networks.Load(checkpoint);
            foreach (var optimiser in optimisers)
                checkpoint.Load(optimiser.Name, optimiser.Optimiser);
            sigmaData.Restore(checkpoint.State.Measures["sigma_data"], checkpoint.State.Measures["sigma_data_count"]);
        }
        else
        {
            foreach (var name in new[] { "text_encoder", "style_encoder", "decoder" })
                first.Load(name, networks[name]);
            first.Load("style_encoder", speech.ProsodicStyleEncoder); // the prosodic style begins as the acoustic one
            first.Load(AlignerStage.Network, aligner);
            first.Load(PitchStage.Network, pitch);
            first.Load("mpd", periods);
            first.Load("msd", spectra);
            pretrainedBert.Load(PhonemeBertStage.Network, speech.Bert);
            Validate(0);
        }

        networks.Train(trained);
        foreach (var batch in run.Steps(data.TrainingBatches))
        {
            using var scope = NewDisposeScope();
            var joint = run.Step >= config.JointFrom;
            var losses = new LossTerms();
            var discriminatorNorm = 0.0;
            Spoken spoken;
            using (Autocast.Set(DeviceType.CPU, bf16))
            {
                spoken = Speak(batch, f => SegmentCrop.Draw(f, config.CropFrames / 2, data.Mel.HopLength, run.RandomOf(TrainingRun.Draw.Crop)), true);
                if (joint)
                {
                    var judged = spoken.Generated.detach();
                    var loss = AdversarialLoss.Discriminator(periods.forward(spoken.Recorded), periods.forward(judged))
                        + AdversarialLoss.Discriminator(spectra.forward(spoken.Recorded), spectra.forward(judged));
                    losses.Add("discriminator", 0, loss.detach());
                    loss.backward();
                    discriminatorNorm = Step(discriminatorOptimiser);
                    losses.Add("adversarial", config.Weights.Adversarial,
                        AdversarialLoss.Generator(periods.forward(spoken.Recorded), periods.forward(spoken.Generated))
                        + AdversarialLoss.Generator(spectra.forward(spoken.Recorded), spectra.forward(spoken.Generated)));
                }
                losses.Add("slm", config.Weights.Slm, speechModel.Distance(spoken.Recorded, spoken.Generated));
            }
            losses.Add("mel", config.Weights.Mel, spectralLoss.Compute(spoken.Generated.squeeze(1), spoken.Recorded.squeeze(1)));
            losses.Add("f0", config.Weights.F0, ProsodyLoss.Pitch(spoken.Predicted.F0, spoken.F0));
            losses.Add("energy", config.Weights.Energy, ProsodyLoss.Energy(spoken.Predicted.Energy, spoken.Energy));
            losses.Add("duration", config.Weights.Duration, DurationLoss.L1(spoken.DurationLogits, spoken.Durations, batch.IdLengths));
            losses.Add("duration_bits", config.Weights.DurationBits, DurationLoss.CrossEntropy(spoken.DurationLogits, spoken.Durations, batch.IdLengths));
            if (run.Step >= config.DiffusionFrom)
                AddDiffusion(losses, batch, spoken);
            if (run.Step >= config.SlmFrom)
                discriminatorNorm += AddSlmAdversarial(losses, batch, spoken);

            losses.Total().backward();
            StageOptimiser[] moved = joint ? [prosodyOptimiser, bertOptimiser, fineTuneOptimiser] : [prosodyOptimiser, bertOptimiser];
            var norm = moved.Sum(o => o.Clip(config.Run.ClipNorm));
            if (run.Accept(losses, norm + discriminatorNorm, batch.UtteranceIds))
            {
                foreach (var optimiser in moved)
                    optimiser.Optimiser.Step(config.Run.RateAt(run.Step, optimiser.Rate));
            }
            foreach (var optimiser in optimisers)
                optimiser.Optimiser.ZeroGradients();
            run.Log(losses, config.Run.RateAt(run.Step, config.Run.LearningRate));
            if (run.ValidationDue)
                Validate(run.Step + 1);
            if (run.SaveDue)
                Save();
        }
        run.Finish();

        double Step(StageOptimiser optimiser)
        {
            var norm = optimiser.Clip(config.Run.ClipNorm);
            if (double.IsFinite(norm))
                optimiser.Optimiser.Step(config.Run.RateAt(run.Step, optimiser.Rate));
            optimiser.Optimiser.ZeroGradients();
            return norm;
        }

        Spoken Speak(SpeechBatch batch, Func<long[], SegmentCrop> segment, bool training)
        {
            var mel = BatchMel.Of(batch, spectrogram);
            var frames = mel.Frames.data<long>().ToArray();
            Tensor path, text;
            using (no_grad())
            {
                var alignment = aligner.forward(mel.Mel, batch.Ids, mel.FrameMask);
                path = MonotonicAlignment.Path(alignment.Attention.narrow(1, 1, batch.Ids.shape[1]), batch.IdLengths, mel.Frames);
                text = speech.TextEncoder.forward(batch.Ids, batch.IdLengths, mel.IdMask);                        // (B, C, T)
            }
            // Every utterance's style is of the whole of it, alone: padding would leak into the mean.
            var whole = frames.Select((n, row) => StyleInput.Of(mel.Mel.narrow(0, row, 1).narrow(2, 0, 2 * n))).ToArray();
            var acoustic = cat(whole.Select(speech.StyleEncoder.forward).ToArray());                              // (B, S)
            var prosodic = cat(whole.Select(speech.ProsodicStyleEncoder.forward).ToArray());                      // (B, S)
            var (context, encoded) = speech.EncodeText(batch.Ids, mel.IdMask);                                    // (B, T, H), (B, C, T)
            var prosody = speech.Predictor.Encode(encoded, prosodic, batch.IdLengths, mel.IdMask);                // (B, T, C + S)
            var durationLogits = speech.Predictor.Durations(prosody, batch.IdLengths);                                 // (B, T, D)

            var crop = segment(frames);
            var piece = crop.Mel(mel.Mel);                                                                        // (B, M, 2a)
            Tensor f0, energy;
            using (no_grad())
            {
                f0 = pitch.forward(piece.unsqueeze(1));
                energy = Energy.FromMel(piece);
            }
            var pieceStyle = StyleInput.Of(piece);
            var predicted = speech.Predictor.PitchAndEnergy(
                crop.Aligned(prosody.transpose(1, 2).bmm(path.to(prosody.dtype))), speech.ProsodicStyleEncoder.forward(pieceStyle));
            var recorded = crop.Samples(batch.Samples).unsqueeze(1);                                              // (B, 1, N)
            var generated = speech.Decoder.forward(
                crop.Aligned(text.bmm(path.to(text.dtype))), predicted.F0, predicted.Energy, speech.StyleEncoder.forward(pieceStyle),
                SourceNoise(recorded.shape[0], recorded.shape[2], training));
            return new Spoken(
                mel, text, path.sum(2), context, encoded, cat([acoustic, prosodic], 1).to(ScalarType.Float32), durationLogits, predicted, f0, energy,
                recorded, generated.to(ScalarType.Float32));
        }

        Tensor SourceNoise(long batchSize, long samples, bool training)
        {
            using var generator = run.GeneratorOf(TrainingRun.Draw.Source);
            long[] shape = [batchSize, samples, speech.Decoder.SourceChannels];
            return training ? randn(shape, generator: generator) : zeros(shape);
        }

        // Styles of the same speaker, of another utterance where the batch has one: what the diffusion is told of the voice.
        Tensor References(SpeechBatch batch, Tensor styles)
        {
            var speakers = batch.SpeakerIndex.data<long>().ToArray();
            var rows = speakers.Select((speaker, row) =>
            {
                var others = Enumerable.Range(1, speakers.Length - 1).Select(i => (row + i) % speakers.Length);
                return (long)others.Cast<int?>().FirstOrDefault(other => speakers[other!.Value] == speaker, row)!.Value;
            });
            return styles.index_select(0, tensor(rows.ToArray()));
        }

        void AddDiffusion(LossTerms losses, SpeechBatch batch, Spoken spoken)
        {
            using var generator = run.GeneratorOf(TrainingRun.Draw.Diffusion);
            var target = spoken.Styles.detach();                                                                  // (B, 2S)
            speech.Diffusion.SigmaData = sigmaData.Add(target.std(1).mean().item<float>());
            var features = config.Diffusion.WithReference ? References(batch, target) : null;
            var context = spoken.Context.to(ScalarType.Float32);
            var (rows, size) = (target.shape[0], target.shape[1]);
            var sampled = sampler.Sample(
                speech.Diffusion, randn([rows, 1, size], generator: generator), randn([config.SamplerSteps - 1, rows, 1, size], generator: generator),
                context, features, mask: spoken.Mel.IdMask).squeeze(1);                                           // (B, 2S)
            var dropped = rand(rows, generator: generator) < config.Diffusion.DropContext;
            losses.Add("diffusion", config.Weights.Diffusion, speech.Diffusion.Loss(
                target.unsqueeze(1), speech.Diffusion.Sigmas(randn(rows, generator: generator)), randn([rows, 1, size], generator: generator),
                context, features, dropped, spoken.Mel.IdMask));
            losses.Add("style", config.Weights.Style, nn.functional.l1_loss(sampled, target));
        }

        double AddSlmAdversarial(LossTerms losses, SpeechBatch batch, Spoken spoken)
        {
            using var autocast = Autocast.Set(DeviceType.CPU, bf16);
            using var generator = run.GeneratorOf(TrainingRun.Draw.Choice);
            var random = run.RandomOf(TrainingRun.Draw.Choice);
            var target = spoken.Styles.detach();
            var (rows, size) = (target.shape[0], target.shape[1]);
            Tensor styles;
            using (no_grad())
            {
                styles = sampler.Sample(
                    speech.Diffusion, randn([rows, 1, size], generator: generator),
                    randn([config.SamplerSteps - 1, rows, 1, size], generator: generator), spoken.Context,
                    config.Diffusion.WithReference ? References(batch, target) : null, mask: spoken.Mel.IdMask).squeeze(1);
            }
            var (acoustic, prosodic) = (styles.narrow(1, 0, AcousticConfig.StyleSize), styles.narrow(1, AcousticConfig.StyleSize, AcousticConfig.StyleSize));
            var prosody = speech.Predictor.Encode(spoken.Encoded, prosodic, batch.IdLengths, spoken.Mel.IdMask);  // (B, T, C + S)
            var alignment = DurationAlignment.Soft(speech.Predictor.Durations(prosody, batch.IdLengths), batch.IdLengths, config.SlmSigma);
            var crop = SegmentCrop.Draw(alignment.Frames.data<long>().ToArray(), config.CropFrames / 2, data.Mel.HopLength, random);
            var contours = speech.Predictor.PitchAndEnergy(
                crop.Aligned(prosody.transpose(1, 2).bmm(alignment.Attention.to(prosody.dtype))), prosodic);
            var wave = speech.Decoder.forward(
                crop.Aligned(spoken.Text.bmm(alignment.Attention.to(spoken.Text.dtype))), contours.F0, contours.Energy, acoustic,
                SourceNoise(rows, 2 * crop.Frames * data.Mel.HopLength, true)).to(ScalarType.Float32);

            var recordedStates = speechModel.Of(spoken.Recorded);
            var generatedStates = speechModel.Of(wave);
            var loss = SlmLoss.Discriminator(slmDiscriminator.forward(recordedStates), slmDiscriminator.forward(generatedStates.detach()));
            losses.Add("slm_discriminator", 0, loss.detach());
            loss.backward();
            var norm = Step(slmOptimiser);
            losses.Add("slm_adversarial", config.Weights.SlmAdversarial, SlmLoss.Generator(slmDiscriminator.forward(generatedStates)));
            return norm;
        }

        void Validate(long step)
        {
            networks.Train();
            var mean = new MeanLosses();
            var heard = false;
            using (no_grad())
            {
                foreach (var batch in data.ValidationBatches())
                {
                    using (batch)
                    using (NewDisposeScope())
                    {
                        var spoken = Speak(batch, f => SegmentCrop.First(f, config.CropFrames / 2, data.Mel.HopLength), false);
                        mean.Add(
                            new LossTerms
                            {
                                { "mel", 1, spectralLoss.Compute(spoken.Generated.squeeze(1), spoken.Recorded.squeeze(1)) },
                                { "f0", 0, ProsodyLoss.Pitch(spoken.Predicted.F0, spoken.F0) },
                                { "energy", 0, ProsodyLoss.Energy(spoken.Predicted.Energy, spoken.Energy) },
                                { "duration", 0.1, DurationLoss.L1(spoken.DurationLogits, spoken.Durations, batch.IdLengths) },
                            },
                            batch.Count);
                        if (!heard)
                            run.Board?.Audio("validation/predicted", spoken.Generated[0, 0].contiguous().data<float>().ToArray(), data.Mel.SampleRate, step);
                        heard = true;
                    }
                }
            }
            run.Report(step, mean.Total, mean.Values);
            networks.Train(trained);
        }

        void Save()
        {
            var parts = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>(networks.Parts);
            foreach (var optimiser in optimisers)
                parts[optimiser.Name] = optimiser.Optimiser.State();
            run.Save(networks.Sizes, parts, new Dictionary<string, double> { ["sigma_data"] = sigmaData.Value, ["sigma_data_count"] = sigmaData.Count });
        }
    }

    sealed record Spoken(
        BatchMel Mel, Tensor Text, Tensor Durations, Tensor Context, Tensor Encoded, Tensor Styles, Tensor DurationLogits, PitchAndEnergy Predicted,
        Tensor F0, Tensor Energy, Tensor Recorded, Tensor Generated);
}
