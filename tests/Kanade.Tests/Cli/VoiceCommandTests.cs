using System.Text.Json;
using Kanade.Cli;
using Kanade.Models;
using Kanade.Training;
using TorchSharp;

namespace Kanade.Tests.Cli;

public sealed class VoiceCommandTests : IDisposable
{
    readonly TemporaryFolder _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_voice_is_made_of_the_best_checkpoint()
    {
        Save(step: 2, bestStep: 2);
        Save(step: 4, bestStep: 2);
        Assert.Equal(2, VoiceCommand.Choose(_run.Path).State.Step);
        Assert.Equal(4, VoiceCommand.Choose(_run.File("step-00000004")).State.Step);
    }

    [Fact]
    public void Where_the_best_checkpoint_is_gone_or_not_known_it_is_the_latest()
    {
        Save(step: 2, bestStep: 2);
        Save(step: 4, bestStep: 2);
        Directory.Delete(_run.File("step-00000002"), recursive: true);
        Assert.Equal(4, VoiceCommand.Choose(_run.Path).State.Step);
        Save(step: 6, bestStep: 0, bestScore: null);
        Assert.Equal(6, VoiceCommand.Choose(_run.Path).State.Step);
    }

    [Fact]
    public void Only_the_second_stage_makes_voices()
    {
        Save(step: 2, bestStep: 2, stage: FirstStage.Name);
        var refused = Assert.Throws<CheckpointException>(() => VoiceCommand.Choose(_run.Path));
        Assert.Contains("'second' is needed", refused.Message);
    }

    void Save(long step, long bestStep, double? bestScore = 1, string stage = SecondStage.Name) => Checkpoint.Write(
        _run.Path,
        new CheckpointState(
            stage, step, Finished: false, "config", "data", "table", bestScore, bestStep,
            new Dictionary<string, JsonElement>(), new Dictionary<string, double>()),
        new Dictionary<string, IReadOnlyDictionary<string, torch.Tensor>>(), keep: 2);
}
