using System.CommandLine;
using System.Globalization;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training;
using Kanade.Training.Scores;

namespace Kanade.Cli;

/// <summary><c>kanade evaluate voice</c>: speaks the texts of a dataset and scores them against the recordings.</summary>
static class EvaluateVoiceCommand
{
    public static Command Create(CommandContext context)
    {
        var voice = new Argument<string>("voice") { Description = "The folder of a voice, or a run of train-second." };
        var source = new Option<string>("--dataset")
        {
            Description = "The dataset whose texts are spoken.",
            HelpName = "folder",
            Required = true,
        };
        var run = new Option<string>("--aligner")
        {
            Description = "Run folder of 'kanade pretrain aligner', or one of its checkpoints.",
            HelpName = "folder",
            Required = true,
        };
        var split = new Option<string>("--split")
        {
            Description = "all, train, test or validation.",
            HelpName = "split",
            DefaultValueFactory = _ => "all",
        };
        split.AcceptOnlyFromAmong("all", "train", "test", "validation");
        var count = new Option<int?>("--count") { Description = "Speak only so many utterances, taken evenly from all.", HelpName = "n" };
        count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError("--count must be 1 or more");
        });
        var output = VerbOptions.Out("Write each spoken sound, its recording, pictures and scores.tsv into this folder.", required: false);
        var seed = VerbOptions.Seed();
        var json = VerbOptions.Json();
        var command = new Command("voice", "Speak a dataset's texts and score them against its recordings.")
        {
            voice, source, run, split, count, output, seed, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            Libtorch.Load();
            SelfTest.Require();
            using var opened = VoiceFolder.Open(parsed.GetRequiredValue(voice));
            using var dataset = Dataset.Open(parsed.GetRequiredValue(source));
            using var aligner = SpeechAligner.Open(Checkpoint.OpenBest(parsed.GetRequiredValue(run), AlignerStage.Name));
            RequireOneMel(opened.Config.Mel, aligner.Mel, "the aligner");
            RequireOneMel(opened.Config.Mel, dataset.Config.Mel, "the dataset");
            if (dataset.Description.SymbolTable != SymbolTable.Fingerprint)
                throw new InvalidDataException(
                    $"{dataset.Folder}: its ids count in another symbol table than this program's; preprocess the corpus again");
            var utterances = Chosen(dataset, parsed.GetRequiredValue(split), parsed.GetValue(count));
            var unknown = utterances.Where(u => !opened.Styles.Contains(u.StyleName)).ToArray();
            if (unknown.Length > 0)
                context.Log.Warning(
                    "{Count} of {All} utterances are spoken in the voice's style {Default:l}: it has no {Styles:l}",
                    unknown.Length, utterances.Count, opened.DefaultStyle, string.Join(", ", unknown.Select(u => u.StyleName).Distinct()));
            var evaluation = new VoiceEvaluation(opened, dataset, aligner, parsed.GetValue(output));
            SpokenSummary summary;
            IReadOnlyList<SpokenUtterance> spoken;
            using (var line = context.Progress("evaluate voice"))
                (summary, spoken) = evaluation.Run(utterances, parsed.GetValue(seed) ?? 0, (done, all) => line.Report(done, all), cancel);
            if (parsed.GetValue(json))
                context.WriteJson(Json(summary, spoken));
            else
                Print(context.Output, summary);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    static void RequireOneMel(MelConfig voice, MelConfig other, string whose)
    {
        if (voice != other)
            throw new InvalidDataException($"{whose} has another mel spectrogram ({other}) than the voice ({voice}): take one of the same");
    }

    /// <summary>The utterances of a split that have a text; of more than are wanted, every n-th: all speakers and styles come in.</summary>
    static IReadOnlyList<Utterance> Chosen(Dataset dataset, string split, int? count)
    {
        var inSplit = dataset.All.Where(u => split == "all" || Manifest.Name(u.Split) == split);
        Utterance[] all = [.. inSplit.Where(u => u.Ids.Any(id => id != SymbolTable.Pad))];
        if (all.Length == 0)
            throw new InvalidDataException($"{dataset.Folder}: there is no utterance with a text in the split '{split}'");
        var wanted = Math.Min(count ?? all.Length, all.Length);
        return [.. Enumerable.Range(0, wanted).Select(i => all[(long)i * all.Length / wanted])];
    }

    static object Json(SpokenSummary s, IReadOnlyList<SpokenUtterance> spoken) => new
    {
        s.Utterances,
        s.Unaligned,
        s.WithoutReference,
        PhoneError = new FigurePair(s.Spoken.Rate, s.Recorded.Rate),
        s.Spoken.Phones,
        s.F0Correlation,
        s.PooledF0Correlation,
        s.EnergyCorrelation,
        s.PooledEnergyCorrelation,
        s.Pitch.GrossError,
        s.Pitch.VoicingError,
        s.SpeechSeconds,
        s.DurationError,
        s.TotalDurationError,
        SilentPhones = new FigurePair(s.SilentPhones.Spoken, s.SilentPhones.Recorded),
        SilentFrames = new FigurePair(s.SilentFrames.Spoken, s.SilentFrames.Recorded),
        s.UnvoicedVowels,
        s.RealTimeFactor,
        s.Styles,
        F0OrderKept = s.F0Order.IsSame,
        s.F0Order,
        EnergyOrderKept = s.EnergyOrder.IsSame,
        s.EnergyOrder,
        Spoken = spoken.Select(u => new
        {
            u.Utterance.Id,
            Style = u.VoiceStyle,
            PhoneErrors = u.Score.Spoken.Errors,
            u.Score.Spoken.Phones,
            RecordedPhoneErrors = u.Score.Recorded.Errors,
            Compared = u.Score.IsCompared,
            F0Correlation = u.Score.F0.Value,
            EnergyCorrelation = u.Score.Energy.Value,
            u.Score.DurationError,
            u.Score.MeanF0,
            u.Score.MeanEnergyDb,
            SilentPhones = u.Score.SilentPhones.Spoken,
            UnvoicedVowels = u.Score.UnvoicedVowels.Count,
        }),
    };

    static void Print(TextWriter output, SpokenSummary s)
    {
        void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        Line($"{s.Utterances} utterances, {s.Spoken.Phones} phones; not aligned: {s.Unaligned} spoken, {s.WithoutReference} recordings");
        Line($"{"",-34}{"spoken",10}{"recorded",10}");
        Line($"{"phone error %",-34}{100 * s.Spoken.Rate,10:F2}{100 * s.Recorded.Rate,10:F2}");
        Line($"{"speech, seconds",-34}{s.SpeechSeconds.Spoken,10:F1}{s.SpeechSeconds.Recorded,10:F1}");
        Line($"{"silent phones",-34}{s.SilentPhones.Spoken,10}{s.SilentPhones.Recorded,10}");
        Line($"{"silent frames",-34}{s.SilentFrames.Spoken,10}{s.SilentFrames.Recorded,10}");
        Line($"{"unvoiced vowels",-34}{s.UnvoicedVowels,10}");
        Line($"{"F0 correlation, mean / pooled",-34}{s.F0Correlation,10:F3}{s.PooledF0Correlation,10:F3}");
        Line($"{"energy correlation, mean / pooled",-34}{s.EnergyCorrelation,10:F3}{s.PooledEnergyCorrelation,10:F3}");
        Line($"{"duration error %, mean / total",-34}{100 * s.DurationError,10:F2}{100 * s.TotalDurationError,10:F2}");
        Line($"{"pitch error %, gross / voicing",-34}{100 * s.Pitch.GrossError,10:F2}{100 * s.Pitch.VoicingError,10:F2}");
        Line($"{"real-time factor",-34}{s.RealTimeFactor,10:F3}");
        Line($"{"style",-34}{"utterances",10}{"F0 Hz",10}{"recorded",10}{"dB",10}{"recorded",10}");
        foreach (var (speaker, style, utterances, f0, db) in s.Styles)
        {
            var name = style.Length > 0 ? $"{speaker}/{style}" : speaker;
            Line($"{name,-34}{utterances,10}{f0.Spoken,10:F1}{f0.Recorded,10:F1}{db.Spoken,10:F1}{db.Recorded,10:F1}");
        }
        var (byF0, byEnergy) = (s.F0Order, s.EnergyOrder);
        if (byF0.Pairs > 0)
            Line($"style pairs ranked as in the recordings: by F0 {byF0.Agreeing}, by energy {byEnergy.Agreeing}, of {byF0.Pairs}");
    }
}
