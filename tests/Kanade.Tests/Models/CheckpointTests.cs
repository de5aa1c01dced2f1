using Kanade.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class CheckpointTests : IDisposable
{
    readonly string _run = Directory.CreateTempSubdirectory("kanade").FullName;

    [Fact]
    public void What_is_saved_is_loaded()
    {
        using var written = nn.Linear(3, 4);
        using var read = nn.Linear(3, 4);
        Write(written, 10);
        Checkpoint.Open(_run, "first").Load("text_encoder", read);
        Assert.True(written.weight!.equal(read.weight!).all().item<bool>());
        Assert.Equal(10, Checkpoint.Open(_run).State.Step);
        Assert.Equal(7, Checkpoint.Open(_run).Sizes<AlignerConfig>("text_encoder").Layers);
    }

    [Fact]
    public void Another_stage_is_refused_by_name()
    {
        using var network = nn.Linear(3, 4);
        Write(network, 10);
        var problem = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run, "second"));
        Assert.Contains("'first'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("'second'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Loading_is_strict_and_changes_nothing_where_it_fails()
    {
        using var written = nn.Linear(3, 4, hasBias: false);
        using var read = nn.Linear(3, 5);
        Write(written, 1);
        using var before = read.weight!.clone();
        var problem = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run).Load("text_encoder", read));
        Assert.Contains("weight is [4, 3], [5, 3] is needed", problem.Message, StringComparison.Ordinal);
        Assert.Contains("bias is missing", problem.Message, StringComparison.Ordinal);
        Assert.True(before.equal(read.weight!).all().item<bool>());
    }

    [Theory]
    [InlineData("text_encoder.safetensors")]
    [InlineData("state.json")]
    public void A_changed_byte_is_found(string file)
    {
        using var network = nn.Linear(3, 4);
        var path = Path.Combine(Write(network, 1), file);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("damaged", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_half_written_by_a_killed_process_is_not_the_latest()
    {
        using var network = nn.Linear(3, 4);
        Write(network, 1);
        Directory.CreateDirectory(Path.Combine(_run, ".step-00000002.123.tmp"));
        File.WriteAllText(Path.Combine(_run, ".step-00000002.123.tmp", "text_encoder.safetensors"), "half");
        Assert.Equal(1, Checkpoint.Open(_run).State.Step);
    }

    [Fact]
    public void A_run_that_lost_the_name_of_its_latest_has_its_newest()
    {
        using var network = nn.Linear(3, 4);
        Write(network, 9);
        Write(network, 10);
        File.Delete(Path.Combine(_run, "latest"));
        Assert.True(Checkpoint.Exists(_run));
        Assert.Equal(10, Checkpoint.Open(_run).State.Step);
    }

    [Fact]
    public void A_run_whose_latest_was_deleted_has_the_one_before()
    {
        using var network = nn.Linear(3, 4);
        Write(network, 9);
        Directory.Delete(Write(network, 10), true);
        Assert.Equal(9, Checkpoint.Open(_run).State.Step);
        Assert.Equal(9, Checkpoint.StateOf(_run).Step);
        Directory.Delete(Path.Combine(_run, "step-00000009"), true);
        // Something was here: the run must not begin anew without a word.
        Assert.True(Checkpoint.Exists(_run));
        Assert.Contains("no checkpoint here", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        using var network = nn.Linear(3, 4);
        File.Delete(Path.Combine(Write(network, 1), "state.json"));
        foreach (var read in new Action[] { () => Checkpoint.Open(_run), () => Checkpoint.StateOf(_run) })
            Assert.Contains("state.json is missing", Assert.Throws<CheckpointException>(read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_ones_and_the_best_are_kept()
    {
        using var network = nn.Linear(3, 4);
        foreach (var step in new[] { 1, 2, 3, 4, 5 })
            Write(network, step, best: 2);
        Assert.Equal(["step-00000002", "step-00000004", "step-00000005"], Directory.GetDirectories(_run).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_disk_that_refuses_leaves_the_earlier_checkpoint()
    {
        using var network = nn.Linear(3, 4);
        Write(network, 1);
        // A file where the new folder must go stands for every way in which writing can fail.
        File.WriteAllText(Path.Combine(_run, $".step-00000002.{Environment.ProcessId}.tmp"), "");
        Assert.ThrowsAny<IOException>(() => Write(network, 2));
        Assert.Equal(1, Checkpoint.Open(_run).State.Step);
    }

    [Fact]
    public void An_empty_folder_says_that_no_checkpoint_is_there()
    {
        Assert.False(Checkpoint.Exists(_run));
        Assert.Contains("no checkpoint here", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run)).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<CheckpointException>(() => Checkpoint.Open(_run + "x")).Message, StringComparison.Ordinal);
    }

    string Write(nn.Module network, long step, long best = 0) => Checkpoint.Write(
        _run,
        new CheckpointState(
            "first", step, false, "c", "d", "s", 0.5, best,
            new Dictionary<string, System.Text.Json.JsonElement> { ["text_encoder"] = CheckpointState.Describe(new AlignerConfig(Layers: 7)) },
            new Dictionary<string, double>()),
        new Dictionary<string, IReadOnlyDictionary<string, Tensor>> { ["text_encoder"] = network.state_dict() },
        keep: 2);

    public void Dispose() => Directory.Delete(_run, true);
}
