using System.Text.Json;
using Kanade.Models;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>The gate: both stages learn eight utterances by heart. A stage that cannot will not learn a voice.</summary>
public sealed class GateTests(EightUtterances eight) : IClassFixture<EightUtterances>
{
    static readonly RunConfig Common = new(1, BatchSize: 8, WarmupSteps: 20, FinalRate: 0.05, ClipNorm: null, ClipQuantile: 0.9, LogEvery: 50, ValidateEvery: 1000, SaveEvery: 1000);

    static readonly AcousticConfig Acoustic = new(
        new DecoderConfig(DecoderKind.Vocos, Vocos: new VocosConfig(TextChannels: 96, Channels: 160, Blocks: 5)),
        Channels: 96, Depth: 2, StyleChannels: 8, StyleMaxChannels: 32, Context: ContextKind.Lstm);

    [Fact]
    public void Eight_utterances_are_rebuilt_and_spoken_from_their_text()
    {
        var run = Common with { Steps = 400, LearningRate = 2e-3 };
        var first = new FirstStageConfig(
            run, Acoustic, new DiscriminatorConfig([2, 3], [4, 8], 2), new SlmConfig(), new FirstStageWeights(), new OptimiserConfig(0.8, 0.99),
            Alignment: AlignmentSource.Dataset, AdversarialFrom: long.MaxValue, CropFrames: 100, StyleFrames: 100, Smoothing: false);
        eight.Train(FirstStage.Name, eight.File("first"), run, (data, training) => FirstStage.Train(first, data, new FirstStageSources(), training, Logger.None));
        var rebuilt = Checkpoint.Open(eight.File("first")).State;
        Assert.True(rebuilt.Measures["last_score"] <= rebuilt.Measures["first_score"] / 4, $"mel {rebuilt.Measures["first_score"]} to {rebuilt.Measures["last_score"]}");

        var slow = Common with { Steps = 300, LearningRate = 2e-3 };
        var second = new SecondStageConfig(
            slow, new ProsodyConfig(1, 50, 0.1, Context: ContextKind.Lstm), new DiffusionConfig(1, 2, 8), new SlmConfig(), new SlmAdversarialConfig(),
            new SecondStageWeights(), new OptimiserConfig(0.8, 0.99), Alignment: AlignmentSource.Dataset, DecodesAlways: false, DiffusionFrom: long.MaxValue,
            JointFrom: long.MaxValue, SlmFrom: long.MaxValue, BertRate: 2e-4, CropFrames: 100, StyleFrames: 100);
        eight.Train(SecondStage.Name, eight.File("second"), slow, (data, training) => SecondStage.Train(
            second, data,
            new SecondStageSources(
                Checkpoint.OpenBest(eight.File("first"), FirstStage.Name), Checkpoint.OpenBest(eight.Bert, PhonemeBertStage.Name),
                Aligner: Checkpoint.OpenBest(eight.Aligner, AlignerStage.Name)),
            training, Logger.None));
        var spoken = LastValidation(eight.File("second"));
        Assert.True(
            spoken["f0_correlation"] > 0.9 && spoken["energy_correlation"] > 0.9 && spoken["duration_correlation"] > 0.9 && spoken["duration"] < 1
            && spoken["phone_error"] <= 0.1,
            string.Join(", ", spoken.Select(s => $"{s.Key} {s.Value:G3}")));
    }

    static Dictionary<string, double> LastValidation(string folder)
    {
        using var line = JsonDocument.Parse(File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Last(l => l.Contains("validation/", StringComparison.Ordinal)));
        return line.RootElement.EnumerateObject().Where(p => p.Name.StartsWith("validation/", StringComparison.Ordinal))
            .ToDictionary(p => p.Name["validation/".Length..], p => p.Value.GetDouble());
    }
}
