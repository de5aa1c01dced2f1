using System.CommandLine;
using Kanade.Audio;
using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training;

namespace Kanade.Cli;

/// <summary><c>kanade align</c>: when each sound of a text is spoken, and whether text and sound belong together.</summary>
static class AlignCommand
{
    public static Command Create(CommandContext context)
    {
        var source = new Argument<string>("source") { Description = "A dataset, or a recording (with --text)." };
        var aligner = new Option<string>("--aligner") { Description = "Run folder of 'kanade pretrain aligner', or one of its checkpoints.", HelpName = "folder", Required = true };
        var text = new Option<string?>("--text") { Description = "What the recording says.", HelpName = "text" };
        var folder = new Option<string?>("--out") { Description = "Write a TextGrid for each utterance into this folder.", HelpName = "folder" };
        var plot = new Option<bool>("--plot") { Description = "With --out: draw a picture of each utterance too." };
        var split = new Option<string>("--split") { Description = "Of a dataset: train, validation, test or all.", HelpName = "split", DefaultValueFactory = _ => "all" };
        split.AcceptOnlyFromAmong("train", "validation", "test", "all");
        var score = new Option<bool>("--score") { Description = "Write each utterance's confidence into the dataset's quality figures." };
        var durations = new Option<bool>("--durations")
        {
            Description = "Write how long each symbol lasts into the dataset, for stages with alignment: dataset.",
        };
        var times = new Option<string?>("--times") { Description = "Judge by the true times: HTK label files (.lab) at the paths that the recordings have in the corpus.", HelpName = "folder" };
        var json = VerbOptions.Json();
        var command = new Command("align", "When each sound of a text is spoken; a table of utterances, TextGrid files, or JSON, one object an utterance.")
            { source, aligner, text, folder, plot, split, score, durations, times, json };
        var reading = new ReadingOptions();
        reading.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(plot) && result.GetValue(folder) is null)
                result.AddError("--plot belongs to --out");
            var ofDataset = result.GetValue(score) || result.GetValue(durations) || result.GetValue(times) is not null;
            if (result.GetValue(text) is not null && ofDataset)
                result.AddError("--score, --durations and --times are for a dataset, --text for a recording");
            if (result.GetValue(durations) && result.GetValue(split) is not (null or "all"))
                result.AddError("--durations is for all utterances of a dataset, without --split");
        });
        command.SetAction((parsed, cancel) =>
        {
            Libtorch.Load();
            SelfTest.Require();
            using var speechAligner = SpeechAligner.Open(Checkpoint.OpenBest(parsed.GetRequiredValue(aligner), AlignerStage.Name));
            var output = new AlignmentOutput(context, parsed.GetValue(folder), parsed.GetValue(plot), parsed.GetValue(json), speechAligner.Mel);
            var path = parsed.GetRequiredValue(source);
            if (parsed.GetValue(text) is { } spoken)
                AlignRecording(path, spoken, speechAligner, reading.Of(parsed), output);
            else
                AlignDataset(
                    context, path, speechAligner, parsed.GetValue(split)!, parsed.GetValue(times), parsed.GetValue(score),
                        parsed.GetValue(durations),
                    output, cancel);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    static void AlignRecording(string path, string text, SpeechAligner aligner, FrontendOptions reading, AlignmentOutput output)
    {
        var recording = Resampler.Resample(AudioFile.Read(path), aligner.Mel.SampleRate);
        using var frontend = JapaneseFrontend.Open(reading);
        var read = frontend.Phonemize(text);
        if (read.Phrases.Count == 0)
            throw new InvalidDataException($"'{text}': there is nothing to speak in it");
        output.Add(aligner.Align(Path.GetFileNameWithoutExtension(path), text, read.Ids, recording.Samples), recording.Samples);
    }

    static void AlignDataset(
        CommandContext context,
        string folder,
        SpeechAligner aligner,
        string split,
        string? times,
        bool score,
        bool lasting,
        AlignmentOutput output,
        CancellationToken cancel)
    {
        if (File.Exists(folder))
            throw new UsageException($"{folder} is a recording: give its --text");
        using var dataset = Dataset.Open(folder);
        if (dataset.Config.Mel != aligner.Mel)
            throw new InvalidDataException($"{folder}: its spectrogram ({dataset.Config.Mel.SampleRate} Hz) is not the one that the aligner was trained on ({aligner.Mel.SampleRate} Hz)");
        if (dataset.Description.SymbolTable != SymbolTable.Fingerprint)
            throw new InvalidDataException($"{folder}: its ids count in another symbol table than this program's; preprocess the corpus again");
        if (times is not null && !Directory.Exists(times))
            throw new DirectoryNotFoundException($"{times}: there is no such folder of label files");
        var utterances = split == "all" ? dataset.All : [.. dataset.All.Where(u => Manifest.Name(u.Split) == split)];
        var (boundaries, unlabelled) = (new BoundaryScore(), 0);
        var (wrong, phones) = (0.0, 0);
        var confidences = new Dictionary<string, double>();
        var durations = new Dictionary<string, int[]>();
        using (var progress = context.Progress("align"))
        {
            foreach (var (i, utterance) in utterances.Index())
            {
                cancel.ThrowIfCancellationRequested();
                progress.Report(i + 1, utterances.Count);
                var samples = dataset.Read(utterance).Samples;
                TimedSpeech aligned;
                try
                {
                    aligned = aligner.Align(utterance.Id, utterance.Text, utterance.Ids, samples);
                }
                catch (InvalidDataException e)
                {
                    context.Log.Warning("{Problem:l}", e.Message);
                    confidences[utterance.Id] = 0;
                    continue;
                }
                confidences[utterance.Id] = aligned.Confidence;
                if (aligned.Durations is not null)
                    durations[utterance.Id] = aligned.Durations;
                else if (lasting)
                    context.Log.Warning("{Id}: no durations: nothing is spoken, or the sound is not finite", utterance.Id);
                var spoken = SymbolGroups.Phones(utterance.Symbols).Count;
                (wrong, phones) = (wrong + aligned.PhoneError * spoken, phones + spoken);
                output.Add(aligned, samples);
                if (times is null)
                    continue;
                var labels = Path.Combine(times, Path.ChangeExtension(utterance.Source, ".lab"));
                if (File.Exists(labels))
                    boundaries.Add(aligned, TimeLabels.Shift(TimeLabels.ReadHtk(labels), -utterance.SourceStartSeconds));
                else
                    unlabelled++;
            }
        }
        if (score)
        {
            AlignmentConfidence.Write(dataset, confidences);
            context.Log.Information("{Count} confidences are in {Folder}", confidences.Count, folder);
        }
        if (lasting)
            WriteDurations(context, dataset, aligner, durations);
        context.Log.Information("{Count} utterances, {Phones} phones: phone error {Error:P2}", confidences.Count, phones, wrong / Math.Max(1, phones));
        if (times is not null)
        {
            if (boundaries.Boundaries == 0)
                throw new InvalidDataException($"{times}: no label file (.lab) for any of the {utterances.Count} recordings");
            context.Log.Information("{Phones} phones of the labels: phone error {Error:P2}", boundaries.Phones, boundaries.PhoneError);
            context.Log.Information(
                "{Count} boundaries ({Compared:P1} of the phones; {Unlabelled} utterances have no labels): mean absolute error {Mean:F1} ms, mean {Bias:F1} ms, {Within:P1} within 20 ms",
                boundaries.Boundaries, boundaries.Compared, unlabelled, 1000 * boundaries.MeanAbsolute, 1000 * boundaries.Bias, boundaries.Within(0.02));
        }
    }

    static void WriteDurations(CommandContext context, Dataset dataset, SpeechAligner aligner, Dictionary<string, int[]> durations)
    {
        if (durations.Count == 0)
            throw new InvalidDataException($"{dataset.Folder}: no utterance has an alignment: its durations stay as they were");
        AlignedDurations.Write(dataset, aligner.Hash, durations);
        var mean = durations.Values.SelectMany(d => d[1..^1]).Where(frames => frames > 0).Average();
        context.Log.Information(
            "The durations of {Count} utterances are in {Folder}, {Mean:F1} frames a symbol; {None} utterances have none",
            durations.Count, dataset.Folder, mean, dataset.All.Count - durations.Count);
    }
}
