using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The pitch extractor's training: everything in it learns, and what cannot be learnt from is refused or named.</summary>
[Collection(nameof(Alone))]
public sealed class PitchStageTests : IDisposable
{
    static readonly PitchConfig Convnext = new(PitchNetwork.Convnext, 16, 2);

    readonly string _root = Directory.CreateTempSubdirectory("kanade-pitch").FullName;

    public static TheoryData<PitchConfig> Networks => new() { new PitchConfig(Channels: 4), Convnext };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_parameter_gets_a_finite_gradient_that_is_not_zero(PitchConfig config)
    {
        using var speech = new ToneSpeech(4, 1);
        var settings = new RunConfig(3, BatchSize: 2);
        using var data = speech.Open(settings);
        using var spectrogram = new MelSpectrogram(data.Mel);
        manual_seed(1);
        using var network = config.Build(data.Mel.Bands);
        using var optimiser = new FusedAdamW(network.named_parameters().Select(p => (p.name, p.parameter)), new AdamWConfig());
        var examples = new PitchExamples(data.Mel, new AugmentationConfig(), 64, spectrogram);
        var taught = new HashSet<string>();
        network.train();
        long step = 0;
        foreach (var batch in data.TrainingBatches(0).Take(3))
        {
            using var owned = batch;
            using var scope = NewDisposeScope();
            var (mel, f0) = examples.Of(batch, step++);
            var losses = new LossTerms();
            PitchStage.AddLosses(losses, network.Read(mel.unsqueeze(1)), f0, network.Gated);
            losses.Total().backward();
            foreach (var (name, parameter) in network.named_parameters())
            {
                Assert.True(parameter.grad is not null, $"{name} has no gradient");
                Assert.True(isfinite(parameter.grad!).all().item<bool>(), $"{name}: the gradient is not finite");
                if (parameter.grad!.abs().max().item<float>() > 0)
                    taught.Add(name);
            }
            optimiser.Step(1e-3);
            optimiser.ZeroGradients();
        }
        Assert.Empty(network.named_parameters().Select(p => p.name).Except(taught));
    }

    [Fact]
    public void The_validation_score_falls_as_the_tones_are_learnt_in_silence_and_in_noise()
    {
        using var speech = new ToneSpeech();
        new TinyRuns(speech, _root).TrainPitch(120, network: Convnext);
        var state = Checkpoint.Open(Path.Combine(_root, "pitch")).State;
        Assert.True(state.Progress!.LastScore < 0.65 * state.Progress!.FirstScore,
            $"{state.Progress!.FirstScore} to {state.Progress!.LastScore}");
    }

    [Fact]
    public void A_run_of_the_second_network_cut_in_two_gives_the_weights_of_one_in_one_piece_and_says_which_network_it_is()
    {
        using var speech = new ToneSpeech();
        var runs = new TinyRuns(speech, _root);
        var (whole, cut) = (Path.Combine(_root, "whole"), Path.Combine(_root, "cut"));
        runs.TrainPitch(5, folder: whole, network: Convnext);
        runs.TrainPitch(5, maxSteps: 2, folder: cut, network: Convnext);
        runs.TrainPitch(5, folder: cut, network: Convnext);
        var (first, second) = (Checkpoint.Open(whole), Checkpoint.Open(cut));
        Assert.All(first.Parts, part => Assert.Equal(
            File.ReadAllBytes(Path.Combine(first.Folder, part + ".safetensors")), File.ReadAllBytes(Path.Combine(second.Folder, part + ".safetensors"))));
        Assert.Equal(Convnext, first.Sizes<PitchConfig>(PitchStage.Network));
        Assert.Equal(PreprocessConfig.Default.F0, PitchStage.TeacherOf(first));
    }

    [Fact]
    public void The_first_and_the_second_stage_build_the_network_that_was_trained()
    {
        using var speech = new ToneSpeech();
        var runs = new TinyRuns(speech, _root);
        runs.TrainAligner(1);
        runs.TrainPitch(2, network: Convnext);
        runs.TrainBert(1);
        runs.TrainFirst(2);
        runs.TrainSecond(2);
        foreach (var stage in new[] { runs.First, runs.Second })
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(Checkpoint.Open(runs.Pitch).Folder, PitchStage.Network + ".safetensors")),
                File.ReadAllBytes(Path.Combine(Checkpoint.Open(stage).Folder, PitchStage.Network + ".safetensors")));
    }

    [Fact]
    public void An_example_does_not_depend_on_the_others_of_its_batch()
    {
        using var speech = new ToneSpeech(4, 1);
        using var dataset = Dataset.Open(speech.Folder);
        using var spectrogram = new MelSpectrogram(dataset.Config.Mel);
        var examples = new PitchExamples(dataset.Config.Mel, new AugmentationConfig(), 64, spectrogram);
        var together = Examples(4);
        var alone = Examples(1);
        Assert.Equal(together.Keys.Order(), alone.Keys.Order());
        foreach (var (id, (mel, f0)) in together)
        {
            Assert.Equal(alone[id].F0, f0);
            Assert.Equal(alone[id].Mel, mel);
        }

        Dictionary<string, (float[] Mel, float[] F0)> Examples(int size)
        {
            var found = new Dictionary<string, (float[], float[])>();
            foreach (var batch in new BatchReader(dataset, Split.Train, new BatchConfig(size)).Read(0))
            {
                using var owned = batch;
                using var scope = NewDisposeScope();
                var (mel, f0) = examples.Of(batch, seed: 3);
                for (var i = 0; i < batch.Count; i++)
                    found.Add(batch.UtteranceIds[i], (mel[i].contiguous().data<float>().ToArray(), f0[i].contiguous().data<float>().ToArray()));
            }
            return found;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_F0_of_an_example_is_what_is_heard_in_it_at_whatever_speed(double share)
    {
        using var speech = new ToneSpeech(4, 1);
        using var dataset = Dataset.Open(speech.Folder);
        using var spectrogram = new MelSpectrogram(dataset.Config.Mel);
        var examples = new PitchExamples(dataset.Config.Mel, new AugmentationConfig(SpeedShare: share), 64, spectrogram);
        var estimator = new F0Estimator(dataset.Config.Mel.SampleRate, dataset.Config.Mel.HopLength);
        List<double> factors = [];
        foreach (var utterance in dataset.Utterances(Split.Train))
        {
            var features = dataset.Read(utterance);
            for (var seed = 0; seed < 20; seed++)
            {
                using var scope = NewDisposeScope();
                var (sound, f0) = examples.Piece(tensor(features.Samples), tensor(features.F0), features.F0.Length, seed);
                var truth = f0.data<float>().ToArray();
                var heard = estimator.Estimate(sound.data<float>().ToArray())[examples.Margin..(examples.Margin + 64)];
                var score = new PitchScore();
                score.Add(heard, truth);
                Assert.True(score.Voiced > 20 && score.GrossError == 0 && score.Cents < 5, $"{utterance.Id}, {seed}: {score.Voiced} voiced, {score.GrossError}, {score.Cents} cents");
                // The estimator hears a tone's end a frame or two too late or early.
                Assert.True(score.VoicingError <= 6 / 64.0, $"{utterance.Id}, {seed}: voicing {score.VoicingError}");
                factors.Add(truth.Max() / features.F0.Max());
            }
        }
        if (share == 0)
            Assert.All(factors, factor => Assert.Equal(1, factor));
        else
            Assert.True(factors.Min() < 0.85 && factors.Max() > 1.18, $"{factors.Min()} to {factors.Max()}");
    }

    [Fact]
    public void A_dataset_without_F0_is_refused_before_the_first_step()
    {
        using var speech = new ToneSpeech(change: (_, features) => features with { F0 = new float[features.F0.Length] });
        var problem = Assert.Throws<InvalidDataException>(() => new TinyRuns(speech, _root).TrainPitch(2));
        Assert.Contains("no F0 to learn", problem.Message, StringComparison.Ordinal);
        Assert.Contains("preprocess it again", problem.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_root, "pitch", "metrics.jsonl")));
    }

    [Fact]
    public void A_poisoned_utterance_is_named_once_and_the_training_goes_on()
    {
        // One without numbers in the training and one in the validation split, and one of ten minutes.
        using var speech = new ToneSpeech(4, 2, (i, features) => i switch
        {
            1 or 5 => features with { Samples = [.. features.Samples.Select((s, n) => n % 100 == 0 ? float.NaN : s)] },
            2 => Repeat(features, 600 * 80 / features.F0.Length),
            _ => features,
        });
        var named = new Sink();
        using var log = new LoggerConfiguration().WriteTo.Sink(named).CreateLogger();
        var settings = new RunConfig(6, BatchSize: 2, LogEvery: 1);
        using (var data = TrainingData.Open(speech.Folder, settings, log))
        using (var run = new TrainingRun(Path.Combine(_root, "pitch"), new RunIdentity("pitch", "config", data.Hash, data.Table), settings, null, log, default))
            PitchStage.Train(new PitchStageConfig(settings, Convnext, new AugmentationConfig(), CropFrames: 64), data, run);
        foreach (var (id, problem) in new[] { ("tone001", "not finite"), ("tone005", "not finite"), ("tone002", "longer than") })
            Assert.Single(named.Messages, m => m.Contains(id, StringComparison.Ordinal) && m.Contains(problem, StringComparison.Ordinal));
        Assert.DoesNotContain(named.Messages, m => m.Contains("skipped", StringComparison.Ordinal));
        Assert.Equal(6, Checkpoint.Open(Path.Combine(_root, "pitch")).State.Step);
    }

    [Fact]
    public void An_extractor_for_another_sample_rate_is_refused()
    {
        using var speech = new ToneSpeech();
        new TinyRuns(speech, _root).TrainPitch(1);
        var checkpoint = Checkpoint.Open(Path.Combine(_root, "pitch"));
        PretrainedMel.Require(checkpoint, new MelConfig(), "a pitch extractor");
        var problem = Assert.Throws<CheckpointException>(() => PretrainedMel.Require(checkpoint, new MelConfig(SampleRate: 22050), "a pitch extractor"));
        Assert.Contains("24000 Hz", problem.Message, StringComparison.Ordinal);
        Assert.Contains("22050 Hz", problem.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, true);

    static UtteranceFeatures Repeat(UtteranceFeatures features, int times) => new(
        [.. Enumerable.Repeat(features.Samples, times).SelectMany(s => s)], [.. Enumerable.Repeat(features.F0, times).SelectMany(f => f)],
        new float[times * features.Energy.Length]);

    sealed class Sink : ILogEventSink
    {
        public List<string> Messages { get; } = [];

        public void Emit(LogEvent logEvent) => Messages.Add(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
    }
}
