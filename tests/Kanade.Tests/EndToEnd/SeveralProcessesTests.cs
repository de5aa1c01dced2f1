using System.Text.Json;
using Kanade.Models;
using Kanade.Tests.Architecture;
using Kanade.Tests.Training;

namespace Kanade.Tests.EndToEnd;

/// <summary>One training shared by two processes of the built program, against the same training in one.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    const int Steps = 4;

    // Low: Adam turns gradients that are rounding alone into steps of the whole rate.
    const double Rate = 2e-5;

    const int SigUsr1 = 10, SigTerm = 15, SigKill = 9;

    readonly TemporaryFolder _folder = new();
    readonly ToneSpeech _speech = new(training: 9, validation: 3);

    [MpiTheory]
    [InlineData("aligner")]
    [InlineData("aligner", "run.clip_norm=1000")]   // clipped to one norm, a sum would pass for a mean
    [InlineData("pitch")]
    [InlineData("pitch", "pitch.network=jdc", "pitch.channels=4")]
    [InlineData("plbert")]   // one sequence: the other process has none
    [InlineData("plbert", "bert.positions=32")]
    public void Two_processes_on_half_batches_equal_one_on_the_whole_and_each_goes_on_where_the_other_stopped(string stage, params string[] settings)
    {
        BuiltProgram.Run(Stage(stage, "one", settings)).Left(0);
        SharedProgram.Run(Stage(stage, "two", settings)).Left(0);
        AssertSame("one", "two");
        BuiltProgram.Run([.. Stage(stage, "cut", settings), "--max-steps", "1"]).Left(0);
        SharedProgram.Run([.. Stage(stage, "cut", settings), "--max-steps", "3"]).Left(0);
        BuiltProgram.Run(Stage(stage, "cut", settings)).Left(0);
        AssertSame("one", "cut", "train/");
    }

    [MpiFact]
    public void A_step_that_is_poisoned_in_one_process_is_skipped_in_both_and_its_utterances_are_named()
    {
        // So loud that its spectrum is infinite.
        using var loud = new ToneSpeech(training: 4, change: (i, features) => i == 2 ? features with { Samples = [.. features.Samples.Select(s => 1e30f * s)] } : features);
        string[] changes = ["run.batch_size=2"];
        BuiltProgram.Run(Stage("aligner", "one", changes, loud.Folder)).Left(0);
        var shared = SharedProgram.Run(Stage("aligner", "two", changes, loud.Folder)).Left(0);
        var skipped = shared.Error.Split('\n').Where(line => line.Contains("skipped", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, skipped.Length);   // in four steps it comes up twice
        Assert.All(skipped, line => Assert.Matches("in rank [01] .*not finite; utterances tone002$", line));
        AssertSame("one", "two");
    }

    [MpiTheory]
    [InlineData(1, SigTerm)]
    [InlineData(null, SigUsr1)]   // to mpirun, which passes it on to all
    public void An_interrupt_of_any_process_stops_all_after_the_same_step(int? rank, int signal)
    {
        using var program = SharedProgram.StartNumbered(_folder.Path, "", Stage("aligner", "run", ["run.steps=100000"]));
        program.WaitForLine("step 2/100000");
        BuiltProgram.Signal(rank is { } number ? ProcessOf(number) : program.Id, signal);
        Assert.Contains("goes on from what is saved", program.WaitForExit().Left(75).Error);
        var saved = Checkpoint.Open(_folder.File("run")).State.Step;
        Assert.Equal(saved, RunComparison.Figures(_folder.File("run"))[^1]["step"]);
        Assert.InRange(saved, 2, 99_999);
    }

    [MpiTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_process_that_dies_takes_the_other_along(int rank)
    {
        using var program = SharedProgram.StartNumbered(_folder.Path, "", Stage("aligner", "run", ["run.steps=100000"]));
        program.WaitForLine("step 2/100000");
        BuiltProgram.Signal(ProcessOf(rank), SigKill);
        Assert.NotEqual(0, program.WaitForExit().ExitCode);
    }

    [MpiFact]
    public void A_failure_in_one_process_ends_both_with_its_line_and_code()
    {
        var wrong = _folder.File("nowhere");
        using var program = SharedProgram.StartNumbered(_folder.Path, $"--dataset $([ $rank = 0 ] && echo '{_speech.Folder}' || echo '{wrong}')", Bare("aligner", "run"));
        var result = program.WaitForExit().Left(4);
        Assert.Contains($"rank 1: kanade pretrain aligner: {wrong}", result.Error);
    }

    [MpiFact]
    public void Processes_with_different_datasets_are_told_so()
    {
        using var other = new ToneSpeech(training: 7);
        using var program = SharedProgram.StartNumbered(
            _folder.Path, $"--dataset $([ $rank = 0 ] && echo '{_speech.Folder}' || echo '{other.Folder}')", Bare("aligner", "run"));
        Assert.Contains("rank 1 has another dataset", program.WaitForExit().Left(4).Error);
    }

    [MpiFact]
    public void A_batch_that_cannot_be_shared_evenly_is_refused_once_with_what_to_set()
    {
        var result = SharedProgram.Run(Stage("plbert", "run", ["run.batch_size=5"])).Left(3);
        Assert.Contains("run.batch_size: 5 utterances cannot be shared evenly by 2 processes: set it to 4 or 6", result.Error);
    }

    [MpiFact]
    public void The_summary_is_one_value_on_standard_output_and_the_log_is_told_once()
    {
        var result = SharedProgram.Run([.. Stage("plbert", "run"), "--json"]).Left(0);
        using var json = JsonDocument.Parse(result.Output);
        Assert.Equal(4, json.RootElement.GetProperty("steps").GetInt64());
        Assert.Single(result.Error.Split('\n'), line => line.Contains("step 4/4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PMI_RANK", "PMI_SIZE", "MPICH")]
    [InlineData("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "Slurm")]
    public void A_launcher_without_its_library_is_one_line_and_code_3(string rank, string world, string launcher)
    {
        using var program = BuiltProgram.Start(Stage("aligner", "run"), new Dictionary<string, string?> { [rank] = "0", [world] = "2" });
        Assert.Contains($"{launcher} started 2 processes", program.WaitForExit().Left(3).OneLine);
    }

    [Fact]
    public void One_process_of_a_launcher_needs_no_library() =>
        BuiltProgram.Start([.. Stage("plbert", "run"), "--max-steps", "1"], new Dictionary<string, string?> { ["PMI_RANK"] = "0", ["PMI_SIZE"] = "1" }).WaitForExit().Left(0);

    string[] Stage(string stage, string run, string[]? settings = null, string? dataset = null) =>
        [.. Bare(stage, run, settings), "--dataset", dataset ?? _speech.Folder];

    /// <summary>The arguments but for the dataset.</summary>
    string[] Bare(string stage, string run, string[]? settings = null)
    {
        string[] all =
        [
            $"run.steps={Steps}", "run.batch_size=4", "run.warmup_steps=0", FormattableString.Invariant($"run.learning_rate={Rate}"),
            "run.log_every=1", .. settings ?? [],
        ];
        return ["pretrain", stage, "--config", Path.Combine(Repository.Root, "Configs", "tiny", stage + ".yml"), "--out", _folder.File(run), .. all.SelectMany(s => new[] { "-o", s })];
    }

    void AssertSame(string first, string second, string figures = "") =>
        new RunComparison(Steps, Rate).AssertSame(_folder.File(first), _folder.File(second), figures);

    int ProcessOf(int rank) => int.Parse(File.ReadAllText(_folder.File("rank" + rank)), System.Globalization.CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _speech.Dispose();
        _folder.Dispose();
    }
}
