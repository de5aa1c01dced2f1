using System.CommandLine;
using System.Globalization;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Torch;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary><c>kanade evaluate pitch</c>: a pitch extractor and its teacher against a judge, on clean and on noisy sound.</summary>
static class EvaluatePitchCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Argument<string>("folder") { Description = "Recordings, each with its true F0 beside it as NAME.f0: lines of seconds TAB Hz, 0 where unvoiced." };
        var run = new Option<string>("--pitch") { Description = "Run folder of the pitch extractor, or one of its checkpoints.", HelpName = "folder", Required = true };
        var snr = new Option<double>("--snr") { Description = "Level of the speech over the noise, in dB.", HelpName = "dB", DefaultValueFactory = _ => 10 };
        var judge = new Option<string>("--judge") { Description = "Who says what the F0 is: file, or teacher (the F0 estimator without noise; needs no files).", DefaultValueFactory = _ => "file" };
        judge.AcceptOnlyFromAmong("file", "teacher");
        var heldOut = new Option<string?>("--held-out") { Description = "Leave out the recordings that this dataset has for training or validation, by their files' names.", HelpName = "dataset" };
        var json = VerbOptions.Json();
        var command = new Command("pitch", "Gross pitch error (over 20 %) and voicing error of a pitch extractor and of the dataset's F0 estimator.") { folder, run, judge, snr, heldOut, json };
        command.SetAction((parsed, cancel) =>
        {
            Libtorch.Load();
            SelfTest.Require();
            var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(run), PitchStage.Name);
            var mel = PitchStage.MelOf(checkpoint) ?? new MelConfig();
            using var network = checkpoint.Sizes<PitchConfig>(PitchStage.Network).Build(mel.Bands);
            checkpoint.Load(PitchStage.Network, network);
            network.eval();
            IReadOnlyList<PitchComparison> scores;
            using (var line = context.Progress("evaluate pitch"))
                scores = PitchEvaluation.Score(
                    parsed.GetRequiredValue(folder), parsed.GetValue(judge) == "teacher" ? PitchJudge.Teacher : PitchJudge.File, network, mel,
                    PitchStage.TeacherOf(checkpoint) ?? new(), parsed.GetValue(snr), parsed.GetValue(heldOut) is { } dataset ? Learnt(dataset) : null, (done, all) => line.Report(done, all), cancel);
            if (parsed.GetValue(json))
                context.WriteJson(scores.ToDictionary(s => s.Sound, s => new { Network = Figures(s.Network), Teacher = Figures(s.Teacher) }));
            else
                Print(context.Output, scores);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    static HashSet<string> Learnt(string folder)
    {
        using var dataset = Dataset.Open(folder);
        return [.. dataset.All.Where(u => u.Split != Split.Test).Select(u => PitchEvaluation.NameOf(u.Source))];
    }

    static object Figures(PitchListening listening)
    {
        var score = listening.Judged;
        return new { score.Frames, score.Voiced, score.GrossError, score.VoicingError, score.Total, score.Cents, Moved = listening.Moved.Total, listening.TimesRealTime };
    }

    static void Print(TextWriter output, IReadOnlyList<PitchComparison> comparisons)
    {
        output.WriteLine($"{"sound",-14}{"heard by",-10}{"frames",9}{"voiced",9}{"gross %",9}{"voicing %",11}{"total %",9}{"cents",8}{"moved %",9}{"x real time",13}");
        foreach (var (sound, network, teacher) in comparisons)
            foreach (var (name, listening) in new[] { ("network", network), ("teacher", teacher) })
            {
                var score = listening.Judged;
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{sound,-14}{name,-10}{score.Frames,9}{score.Voiced,9}{100 * score.GrossError,9:F2}{100 * score.VoicingError,11:F2}{100 * score.Total,9:F2}{score.Cents,8:F1}{100 * listening.Moved.Total,9:F2}{listening.TimesRealTime,13:F0}"));
            }
    }
}
