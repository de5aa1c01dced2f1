using Kanade.Models;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training;

/// <summary>What every stage promises: it runs, learns the same from the same seed, goes on where it stopped, and leaks nothing.</summary>
[Collection(nameof(Alone))]
public sealed class StageTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("kanade-runs").FullName;
    readonly ToneSpeech _speech = new();
    readonly TinyRuns _runs;

    public StageTests() => _runs = new TinyRuns(_speech, _root);

    [Fact]
    public void The_aligner_learns_the_tones()
    {
        _runs.TrainAligner(60);
        var state = Checkpoint.Open(_runs.Aligner).State;
        Assert.True(state.Progress!.LastScore < 0.6 * state.Progress!.FirstScore,
            $"{state.Progress!.FirstScore} to {state.Progress!.LastScore}");
    }

    [Fact]
    public void Two_runs_with_one_seed_give_identical_losses_in_every_stage()
    {
        _runs.TrainAligner(2);
        _runs.TrainPitch(2);
        _runs.TrainBert(2);
        _runs.TrainFirst(4);
        _runs.TrainSecond(5);
        foreach (var (folder, again) in Stages())
        {
            again(folder + "-again", null);
            Assert.Equal(TinyRuns.Losses(folder), TinyRuns.Losses(folder + "-again"));
        }
    }

    [Fact]
    public void A_run_cut_in_two_gives_the_losses_and_weights_of_one_in_one_piece()
    {
        _runs.TrainAligner(4);
        _runs.TrainPitch(4);
        _runs.TrainBert(4);
        _runs.TrainFirst(6);
        _runs.TrainSecond(6);
        foreach (var (folder, again) in Stages(4, 6))
        {
            again(folder + "-cut", 3);
            again(folder + "-cut", null);
            Assert.Equal(
                TinyRuns.Losses(folder).Where(l => l.Contains("train/", StringComparison.Ordinal)),
                TinyRuns.Losses(folder + "-cut").Where(l => l.Contains("train/", StringComparison.Ordinal)));
            foreach (var part in Checkpoint.Open(folder).Parts)
            {
                Assert.Equal(
                    File.ReadAllBytes(Path.Combine(Checkpoint.Open(folder).Folder, part + ".safetensors")),
                    File.ReadAllBytes(Path.Combine(Checkpoint.Open(folder + "-cut").Folder, part + ".safetensors")));
            }
        }
    }

    [Fact]
    public void An_interrupted_run_saves_and_says_so()
    {
        using var interrupt = new CancellationTokenSource();
        var metrics = Path.Combine(_runs.Aligner, "metrics.jsonl");
        var impatient = new Thread(() =>
        {
            // The first line is the validation before the first step.
            while (!File.Exists(metrics) || new FileInfo(metrics).Length < 300)
                Thread.Sleep(5);
            interrupt.Cancel();
        });
        impatient.IsBackground = true;
        impatient.Start();
        Assert.ThrowsAny<OperationCanceledException>(() => _runs.TrainAligner(100_000, cancel: interrupt.Token));
        impatient.Join();
        var state = Checkpoint.Open(_runs.Aligner, AlignerStage.Name).State;
        Assert.False(state.Finished);
        Assert.InRange(state.Step, 1, 99_999);
    }

    [Fact]
    public void Steps_leak_no_tensor_in_any_stage()
    {
        _runs.TrainAligner(2);
        _runs.TrainPitch(2);
        _runs.TrainBert(2);
        _runs.TrainFirst(4);
        (string Name, Action<long, string> Train)[] stages =
        [
            ("aligner", (steps, folder) => _runs.TrainAligner(steps, folder: folder)),
            ("pitch", (steps, folder) => _runs.TrainPitch(steps, folder: folder)),
            ("plbert", (steps, folder) => _runs.TrainBert(steps, folder: folder)),
            ("first", (steps, folder) => _runs.TrainFirst(steps, folder: folder)),
            ("second", (steps, folder) => _runs.TrainSecond(steps, folder: folder)),
        ];
        foreach (var (name, train) in stages)
        {
            // A run leaves its modules to the collector; what must not be is more of it with more steps.
            var few = Left(() => train(4, Path.Combine(_root, name + "-few")));
            var many = Left(() => train(14, Path.Combine(_root, name + "-many")));
            Assert.True(many - few < 10, $"{name}: 10 more steps leave {many - few} more tensors");
        }

        static long Left(Action run)
        {
            // What earlier runs and tests left is freed by the collector whenever it likes, and would be counted against this one.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var before = Tensor.TotalCount;
            run();
            return Tensor.TotalCount - before;
        }
    }

    [Fact]
    public void The_first_stage_runs_in_bfloat16()
    {
        _runs.TrainAligner(2);
        _runs.TrainPitch(2);
        _runs.TrainFirst(4, precision: Precision.Bf16);
        Assert.All(TinyRuns.Losses(_runs.First), line => Assert.DoesNotContain("NaN", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_folder_of_another_configuration_is_refused()
    {
        _runs.TrainAligner(2);
        var problem = Assert.Throws<CheckpointException>(() =>
        {
            using var data = _speech.Open(new RunConfig(2));
            using var run = new TrainingRun(_runs.Aligner, new RunIdentity("aligner", "other", data.Hash, data.Table), new RunConfig(2), null, Serilog.Core.Logger.None, default);
            run.Resume();
        });
        Assert.Contains("another configuration", problem.Message, StringComparison.Ordinal);
    }

    (string Folder, Action<string, long?> Again)[] Stages(long pretraining = 2, long stages = 0) =>
    [
        (_runs.Aligner, (folder, max) => _runs.TrainAligner(pretraining, max, folder)),
        (_runs.Pitch, (folder, max) => _runs.TrainPitch(pretraining, max, folder)),
        (_runs.Bert, (folder, max) => _runs.TrainBert(pretraining, max, folder)),
        (_runs.First, (folder, max) => _runs.TrainFirst(stages == 0 ? 4 : stages, max, folder)),
        (_runs.Second, (folder, max) => _runs.TrainSecond(stages == 0 ? 5 : stages, max, folder)),
    ];

    public void Dispose()
    {
        _speech.Dispose();
        Directory.Delete(_root, true);
    }
}
