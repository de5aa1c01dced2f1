using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;
using Serilog;
using Serilog.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The SLM adversarial phase: a pass of its own, by the original's rules.</summary>
[Collection(nameof(Alone))]
public sealed class SlmAdversarialTests(TinyStages stages) : IClassFixture<TinyStages>
{
    static readonly SlmConfig Random = new(Random: true, DiscriminatorChannels: 8);

    [Fact]
    public void Only_those_who_speak_move_and_the_discriminator_every_second_step()
    {
        var moved = Take(4, _ => { });
        foreach (var other in new[] { "decoder", "text_encoder", "style_encoder", "predictor_encoder", "mpd", "msd" })
            Assert.All(moved, networks => Assert.DoesNotContain(other, networks));
        Assert.All(moved, networks => Assert.Contains("predictor", networks));
        Assert.All(moved, networks => Assert.Contains("bert", networks));
        Assert.All(moved, networks => Assert.Contains("bert_encoder", networks));
        Assert.Contains(moved, networks => networks.Contains("diffusion"));
        Assert.Equal([false, true, false, true], moved.Select(networks => networks.Contains("wd")));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_moves_nothing()
    {
        var moved = Take(2, networks =>
        {
            using var noGradient = no_grad();
            networks.Speech.Decoder.parameters().Last().fill_(float.NaN);
        });
        Assert.All(moved, Assert.Empty);
    }

    [Fact]
    public void Gradients_are_scaled_as_in_the_original()
    {
        var config = TinyStages.SecondConfig(new RunConfig(4)) with
        {
            Slm = Random,
            Slmadv = new SlmAdversarialConfig(Thresh: 5, Scale: 0.01),
        };
        using var data = stages.Open(config.Run);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        foreach (var (norm, factor) in new[] { (4.0, 1f), (10.0, 0.1f) })
        {
            using var scope = NewDisposeScope();
            foreach (var (_, parameter) in networks.Set.Parameters("bert", "bert_encoder", "predictor", "diffusion", "decoder"))
                parameter.grad = ones_like(parameter);
            networks.SlmAdversary!.Scale(networks.Set, norm);
            foreach (var (name, parameter) in networks.Set.Parameters("bert", "bert_encoder", "predictor", "diffusion", "decoder"))
            {
                string[] held = ["predictor.duration_proj.", "predictor.lstm.", "diffusion."];
                var isHeld = held.Any(h => name.StartsWith(h, StringComparison.Ordinal));
                var expected = name.StartsWith("decoder.", StringComparison.Ordinal) ? 1 : isHeld ? factor * 0.01f : factor;
                Assert.Equal(expected, parameter.grad!.flatten()[0].item<float>(), 1e-6f);
                parameter.grad = null;
            }
        }
    }

    [Fact]
    public void Without_a_speech_language_model_there_is_no_network_of_it_and_one_line_says_so()
    {
        var config = TinyStages.SecondConfig(new RunConfig(4));
        using var data = stages.Open(config.Run);
        var (log, lines) = StageTesting.Listen();
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, log);
        Assert.Null(networks.SpeechModel);
        Assert.Null(networks.SlmAdversary);
        Assert.False(networks.Set.Contains(SlmAdversary.Network));
        Assert.Single(lines, line => line.Contains("SLM losses are off", StringComparison.Ordinal));
        Assert.Single(lines);
        Assert.DoesNotContain(networks.Optimisers(), o => o.Name.EndsWith(SlmAdversary.Network, StringComparison.Ordinal));
        Assert.DoesNotContain("slm", Losses(config, networks, data));

        (log, lines) = StageTesting.Listen();
        using var first = new AcousticStageNetworks(TinyStages.FirstConfig(config.Run), data.Mel, new FirstStageSources(), log);
        Assert.Null(first.SpeechModel);
        Assert.Single(lines, line => line.Contains("SLM losses are off", StringComparison.Ordinal));
    }

    [Fact]
    public void A_weight_of_0_computes_no_distance_and_opens_no_model_for_it()
    {
        var config = TinyStages.SecondConfig(new RunConfig(4)) with { Slm = Random, SlmFrom = 4, Weights = new SecondStageWeights(Slm: 0) };
        using var data = stages.Open(config.Run);
        using (var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None))
            Assert.Null(networks.SpeechModel);
        using (var networks = new ProsodyStageNetworks(config with { SlmFrom = 0 }, data.Mel, stages.SecondSources, Logger.None))
            Assert.DoesNotContain("slm", Losses(config, networks, data));
        var first = TinyStages.FirstConfig(config.Run) with { Slm = Random, Weights = new FirstStageWeights(Slm: 0) };
        using (var networks = new AcousticStageNetworks(first, data.Mel, new FirstStageSources(), Logger.None))
            Assert.Null(networks.SpeechModel);
    }

    [Fact]
    public void The_distance_of_states_depends_neither_on_the_number_of_layers_nor_on_their_size()
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        var (recorded, generated) = (randn(2, 4, 5), randn(2, 4, 5));
        var one = SlmLoss.Features(recorded, generated, layers: 1).item<float>();
        var six = SlmLoss.Features(recorded.repeat(1, 6, 1), generated.repeat(1, 6, 1), layers: 6).item<float>();
        var large = SlmLoss.Features(cat([recorded, 1000 * recorded], 1), cat([generated, 1000 * generated], 1), layers: 2).item<float>();
        Assert.Equal(one, six, 1e-5);
        Assert.Equal(one, large, 1e-5);
        Assert.Equal(2, SlmLoss.Features(recorded, -recorded, layers: 1).item<float>(), 1e-5);
    }

    [Fact]
    public void The_speakers_loss_leaves_the_discriminator_and_recordings_alone()
    {
        using var discriminator = Discriminator(out var model);
        using (model)
        {
            using var scope = NewDisposeScope();
            var adversary = new SlmAdversary(model, discriminator, new SlmAdversarialConfig());
            var speech = Speech(requiresGradient: true);
            adversary.GeneratorLoss(speech).backward();
            Assert.NotNull(speech.Generated.grad);
            Assert.All(discriminator.parameters(), p => Assert.True(p.grad is null && p.requires_grad));
            Assert.All(new[] { speech.Recorded, speech.Rebuilt, speech.Clips }, wave => Assert.Null(wave.grad));
            speech.Generated.grad = null;
            adversary.DiscriminatorLoss(speech, new Random(1)).backward();
            Assert.All(discriminator.parameters(), p => Assert.NotNull(p.grad));
            Assert.All(new[] { speech.Recorded, speech.Rebuilt, speech.Clips, speech.Generated }, wave => Assert.Null(wave.grad));
        }
    }

    [Fact]
    public void What_is_real_is_a_reconstruction_half_the_time()
    {
        using var discriminator = Discriminator(out var model);
        using (model)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var adversary = new SlmAdversary(model, discriminator, new SlmAdversarialConfig());
            var speech = Speech();
            var otherClips = speech with { Clips = randn_like(speech.Clips) };
            var otherRebuilt = speech with { Rebuilt = randn_like(speech.Rebuilt) };
            var rebuilt = 0;
            for (var seed = 0; seed < 12; seed++)
            {
                var loss = adversary.DiscriminatorLoss(speech, new Random(seed)).item<float>();
                var judgesClips = adversary.DiscriminatorLoss(otherClips, new Random(seed)).item<float>() != loss;
                var judgesRebuilt = adversary.DiscriminatorLoss(otherRebuilt, new Random(seed)).item<float>() != loss;
                Assert.NotEqual(judgesClips, judgesRebuilt);
                rebuilt += judgesRebuilt ? 1 : 0;
            }
            Assert.InRange(rebuilt, 2, 10);
        }
    }

    [Fact]
    public void Other_texts_are_drawn_from_the_sentences_that_are_long_enough()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("texts.txt");
        File.WriteAllLines(file, ["はい。", "今日はとても良い天気ですから、散歩に行きましょう。", "", "明日の会議は午後三時から始まります。"]);
        using var scope = NewDisposeScope();
        var (ids, lengths) = OutOfSetTexts.Read(file, 15, Logger.None)!.Take(tensor(new[] { 0f, 0.5f, 0.9999999f }));
        Assert.Equal([3, lengths.max().item<long>()], ids.shape);
        Assert.True(lengths.min().item<long>() >= 15);
        Assert.True(StageTesting.IsSame(ids[1], ids[2]));
        Assert.False(StageTesting.IsSame(ids[0], ids[1]));
        Assert.Throws<InvalidDataException>(() => OutOfSetTexts.Read(file, 300, Logger.None));
    }

    /// <summary>Takes the pass alone for some steps.</summary>
    /// <returns>The networks that moved in each.</returns>
    string[][] Take(int steps, Action<ProsodyStageNetworks> change)
    {
        var config = TinyStages.SecondConfig(TinyStages.Steps(steps)) with { Slm = Random };
        using var data = stages.Open(config.Run);
        manual_seed(1);
        using var networks = new ProsodyStageNetworks(config, data.Mel, stages.SecondSources, Logger.None);
        networks.Begin();
        change(networks);
        using var folder = new TemporaryFolder();
        using var run = StageTesting.Book(folder.Path, config.Run);
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var state = new StageState(networks.Set, run, config.Run, networks.Optimisers());
        var diffusion = new DiffusionPass(config, networks, data.Mel, run.Group);
        var slm = new SlmStep(networks, networks.SlmAdversary!, pass, diffusion, state, texts: null, config.Slmadv, Logger.None);
        run.Follow(config.Schedule);
        var moved = new List<string[]>();
        foreach (var step in run.Steps(data.TrainingBatches))
        {
            state.Begin(step);
            Assert.Single(step.Batches);
            using var scope = NewDisposeScope();
            var before = StageTesting.Copy(networks.Set);
            slm.Take(step);
            moved.Add(StageTesting.Changed(before, networks.Set));
            Assert.All(networks.Set.Parameters(networks.Set.Sizes.Keys), p => Assert.Null(p.Parameter.grad));
        }
        return [.. moved];
    }

    static string[] Losses(SecondStageConfig config, ProsodyStageNetworks networks, TrainingData data)
    {
        using var pass = new ProsodyPass(config, networks, data.Mel, SingleProcess.Instance);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var step = StageTesting.Step(data.TrainingBatches(0), config.Schedule);
        var batch = step.Batches.First();
        var spoken = pass.Predict(batch, step);
        var losses = pass.Losses(spoken, batch);
        pass.AddLosses(losses, pass.Decode(spoken, batch, step));
        step.End();
        return [.. losses.Select(l => l.Name)];
    }

    static SlmDiscriminator Discriminator(out SpeechStates model)
    {
        manual_seed(4);
        model = SpeechStates.Open(Random, 24000, Logger.None)!;
        return new SlmDiscriminator(model.Hidden, model.Layers, 8);
    }

    static JudgedSpeech Speech(bool requiresGradient = false)
    {
        manual_seed(5);
        return new JudgedSpeech(Wave(9600), Wave(9600), Wave(7200), Wave(7200));

        Tensor Wave(long samples) => (0.1 * randn(2, 1, samples)).requires_grad_(requiresGradient);
    }
}
