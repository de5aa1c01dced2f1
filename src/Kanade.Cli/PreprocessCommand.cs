using System.CommandLine;
using System.Globalization;
using Kanade.Corpus;
using Kanade.Text;
using Kanade.Torch;

namespace Kanade.Cli;

/// <summary><c>kanade preprocess</c>: recordings and transcripts to a dataset.</summary>
static class PreprocessCommand
{
    const string Kind = "preprocess";

    public static Command Create(CommandContext context)
    {
        var corpus = new Argument<string>("corpus") { Description = "The folder with the recordings and what says what is said in them." };
        var output = VerbOptions.Out("The dataset's folder. An unfinished one is gone on with; of a finished one only what changed is made again.");
        var config = new Option<string?>("--config") { Description = "What to make: a YAML file (kanade config show); otherwise every default.", HelpName = "yml" };
        var overrides = VerbOptions.Overrides();
        var workers = new Option<int>("--workers") { Description = "Threads.", HelpName = "n", DefaultValueFactory = _ => Environment.ProcessorCount };
        var layout = new Option<CorpusLayout>("--layout")
        {
            Description = "How the corpus says who says what; auto finds out.",
            HelpName = string.Join('|', Enum.GetNames<CorpusLayout>().Select(ConfigRecord.NameOf)),
            CustomParser = result =>
            {
                var names = Enum.GetValues<CorpusLayout>().ToDictionary(l => ConfigRecord.NameOf(l.ToString()), l => l);
                if (names.TryGetValue(result.Tokens[0].Value, out var known))
                    return known;
                result.AddError($"--layout is one of {string.Join(", ", names.Keys)}, not '{result.Tokens[0].Value}'");
                return CorpusLayout.Auto;
            },
        };
        var json = VerbOptions.Json();
        var command = new Command(Kind, "Recordings and transcripts to a dataset.") { corpus, output, config, overrides, workers, layout, json };
        var reading = new ReadingOptions();
        reading.AddTo(command);
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--workers must be 1 or more");
        });
        command.SetAction((parsed, cancel) =>
        {
            var settings = parsed.GetValue(config) is { } file
                ? ConfigFile.Read<PreprocessConfig>(Kind, file, parsed.GetRequiredValue(overrides))
                : ConfigFile.Default<PreprocessConfig>(Kind, parsed.GetRequiredValue(overrides));
            var (rank, world) = (LaunchedProcess.Current.Rank, LaunchedProcess.Current.World);   // they only share the folder: no MPI is called
            var folder = parsed.GetRequiredValue(output);
            PreprocessResult result;
            using (var line = context.Progress("preprocess"))
            {
                var preprocessor = new Preprocessor(settings,
                    new(parsed.GetValue(layout), parsed.GetValue(workers), rank, world, reading.Of(parsed)), context.Log);
                result = preprocessor.Run(parsed.GetRequiredValue(corpus), folder, new Progress(line), cancel);
            }
            if (result.Description is { } dataset)
                Report(context, folder, dataset, result, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    static void Report(CommandContext context, string folder, DatasetDescription dataset, PreprocessResult result, bool json)
    {
        if (json)
        {
            context.WriteJson(new { Out = folder, dataset.Utterances, dataset.Seconds, dataset.Speakers, dataset.Styles, dataset.Splits, dataset.Rejects, result.Made, result.Reused });
            return;
        }
        context.Log.Information("{Folder:l}: {Utterances} utterances, {Time:l}, {Speakers} speakers, {Rejects} rejected; {Reused} of these were there already",
            folder, dataset.Utterances, TimeSpan.FromSeconds(dataset.Seconds).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture), dataset.Speakers.Count, dataset.Rejects, result.Reused);
        if (dataset.Rejects > 0)
            context.Log.Information("rejected: {Reasons:l} (kanade inspect {Folder:l} lists them)",
                RejectedRecording.Counts(Manifest.Rejects(Path.Combine(folder, "rejects.parquet"))), folder);
    }

    sealed class Progress(ProgressLine line) : IProgress<PreprocessProgress>
    {
        readonly long _start = TimeProvider.System.GetTimestamp();

        public void Report(PreprocessProgress value)
        {
            var speed = value.Seconds / Math.Max(1e-3, TimeProvider.System.GetElapsedTime(_start).TotalSeconds);
            line.Report(value.Done, value.Total, string.Create(CultureInfo.InvariantCulture,
                $"{value.Seconds / 3600:F2} h kept, {value.Rejected} rejected, {speed:F0} times real time"));
        }
    }
}
