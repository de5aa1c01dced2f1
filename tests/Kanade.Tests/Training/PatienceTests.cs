using Kanade.Models;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

public sealed class PatienceTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("kanade-patience").FullName;
    readonly ToneSpeech _speech = new(training: 2, validation: 1);

    /// <summary>With a rate too small to change anything, no validation is better than the first, at step 2.</summary>
    [Fact]
    public void A_run_ends_when_validations_in_a_row_are_no_better_and_the_same_command_adds_nothing()
    {
        var config = new RunConfig(40, BatchSize: 2, LearningRate: 1e-12, ValidateEvery: 2, SaveEvery: 1000, Patience: 3);
        Train(config);
        var state = Checkpoint.Open(_root, AlignerStage.Name).State;
        Assert.Equal((8, true), (state.Step, state.Finished));
        var metrics = File.ReadAllText(Path.Combine(_root, "metrics.jsonl"));
        Train(config);
        Assert.Equal(metrics, File.ReadAllText(Path.Combine(_root, "metrics.jsonl")));
    }

    void Train(RunConfig config)
    {
        using var data = _speech.Open(config);
        using var run = new TrainingRun(_root, new RunIdentity(AlignerStage.Name, "config", data.Hash, data.Table), config, null, Logger.None, default);
        AlignerStage.Train(new AlignerStageConfig(config, new AlignerConfig(16, 16, 1)), data, run);
    }

    public void Dispose()
    {
        _speech.Dispose();
        Directory.Delete(_root, true);
    }
}
