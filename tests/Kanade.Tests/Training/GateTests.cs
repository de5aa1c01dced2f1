using System.Text.Json;
using Kanade.Cli;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Text;
using Kanade.Training;
using Serilog.Core;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>The gate: both stages learn eight utterances by heart, each in about a minute. A stage that cannot will not learn a voice.</summary>
public sealed class GateTests(EightUtterances eight) : IClassFixture<EightUtterances>
{
    const long Never = long.MaxValue;

    static readonly RunConfig Common = new(
        1, BatchSize: 8, LearningRate: 2e-3, WarmupSteps: 20, FinalRate: 0.05, ClipNorm: null, LogEvery: 50, ValidateEvery: 1000, SaveEvery: 1000, ClipQuantile: 0.9);

    static readonly AcousticConfig Acoustic = new(
        new DecoderConfig(DecoderKind.Vocos, Vocos: new VocosConfig(TextChannels: 96, Channels: 160, Blocks: 5, Harmonics: 8, Prior: true)),
        Channels: 96, Depth: 2, StyleChannels: 8, StyleMaxChannels: 32, Context: ContextKind.Lstm);

    [Fact]
    public void Eight_utterances_are_rebuilt_and_then_spoken_from_their_text()
    {
        var rebuilt = TrainFirst();
        Assert.True(rebuilt.Last <= rebuilt.First / 4, $"mel {rebuilt.First} to {rebuilt.Last}");
        var predicted = TrainSecond();
        Assert.True(
            predicted["f0_correlation"] > 0.9 && predicted["energy_correlation"] > 0.9 && predicted["duration_correlation"] > 0.9 && predicted["duration"] < 1,
            string.Join(", ", predicted.Select(s => $"{s.Key} {s.Value:G3}")));
        // An aligner that knows nothing but these eight recordings is thrown by little: the sentence that it reads best counts.
        var errors = PhoneErrors();
        Assert.True(errors.Min() <= 0.1, string.Join(", ", errors.Select(e => $"{e:P0}")));
    }

    (double First, double Last) TrainFirst()
    {
        var config = new FirstStageConfig(
            Common with { Steps = 200 }, Acoustic, new DiscriminatorConfig([2, 3], [4, 8], 2), new SlmConfig(), new FirstStageWeights(), new OptimiserConfig(0.8, 0.99),
            Alignment: AlignmentSource.Dataset, AdversarialFrom: Never, CropFrames: 100, StyleFrames: 100, Smoothing: false);
        eight.Train(FirstStage.Name, eight.File("first"), config.Run, (data, run) => FirstStage.Train(config, data, new FirstStageSources(), run, Logger.None));
        var progress = Checkpoint.Open(eight.File("first")).State.Progress!;
        return (progress.FirstScore!.Value, progress.LastScore!.Value);
    }

    Dictionary<string, double> TrainSecond()
    {
        var config = new SecondStageConfig(
            Common with { Steps = 300 }, new ProsodyConfig(1, 50, 0.1, Context: ContextKind.Lstm), new DiffusionConfig(1, 2, 8), new SlmConfig(),
            new SlmAdversarialConfig(), new SecondStageWeights(), new OptimiserConfig(0.8, 0.99), Alignment: AlignmentSource.Dataset, DecodesAlways: false,
            DiffusionFrom: Never, JointFrom: Never, SlmFrom: Never, BertRate: 2e-4, CropFrames: 100, StyleFrames: 100);
        eight.Train(SecondStage.Name, eight.File("second"), config.Run, (data, run) =>
        {
            var sources = new SecondStageSources(Checkpoint.OpenBest(eight.File("first"), FirstStage.Name), Checkpoint.OpenBest(eight.Bert, PhonemeBertStage.Name));
            SecondStage.Train(config, data, sources, run, Logger.None);
            VoiceFolder.Export(Checkpoint.OpenBest(eight.File("second"), SecondStage.Name), data, eight.File("voice"), Logger.None);
        });
        using var line = JsonDocument.Parse(
            File.ReadLines(Path.Combine(eight.File("second"), "metrics.jsonl")).Last(l => l.Contains("validation/", StringComparison.Ordinal)));
        return line.RootElement.EnumerateObject().Where(p => p.Name.StartsWith("validation/", StringComparison.Ordinal))
            .ToDictionary(p => p.Name["validation/".Length..], p => p.Value.GetDouble());
    }

    /// <summary>Of each sentence, spoken from its text.</summary>
    double[] PhoneErrors()
    {
        using var frontend = JapaneseFrontend.Open(new FrontendOptions());
        using var voice = VoiceFolder.Open(eight.File("voice"));
        using var aligner = SpeechAligner.Open(Checkpoint.Open(eight.Aligner, AlignerStage.Name));
        using var scope = NewDisposeScope();
        var synthesizer = new Synthesizer(voice);
        return [.. eight.Sentences.Select(sentence =>
        {
            var read = frontend.Phonemize(sentence.Text);
            var speech = synthesizer.Speak([.. read.Ids], voice.Style(sentence.Style), new SpeakingOptions(new StyleSampling()));
            return PhoneRecognition.Error(read.Symbols, aligner.Hear(speech.Waveform.Samples));
        })];
    }
}
