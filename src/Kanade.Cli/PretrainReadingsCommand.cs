using System.CommandLine;
using Kanade.Text;

namespace Kanade.Cli;

/// <summary><c>kanade pretrain readings</c>: the frontend's model of words that are read in more than one way, from sentences whose readings are known. Loads no tensor library.</summary>
static class PretrainReadingsCommand
{
    public static Command Create(CommandContext context)
    {
        var labels = new Option<string>("--labels") { Description = "Full-context labels, whose readings the model takes on, as for accent.", HelpName = "folder|csv", Required = true };
        var texts = new Option<string>("--texts") { Description = "What the labels say: NAME, a TAB and the text, one a line; or jsut-label's YAML.", HelpName = "tsv|yaml", Required = true };
        var kana = new Option<string[]>("--kana") { Description = "Other sentences: NAME, TAB, text, TAB, reading in kana, one a line; may be repeated.", HelpName = "tsv", DefaultValueFactory = _ => [] };
        var output = VerbOptions.Out("The model file.");
        var heldOut = new Option<int>("--held-out") { Description = "Every how many labels one is kept for judging; 0 keeps none.", HelpName = "n", DefaultValueFactory = _ => 10 };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the words.", HelpName = "n", DefaultValueFactory = _ => new HeteronymTraining([]).Epochs };
        var dictionary = new Option<string?>("--dictionary") { Description = "The Japanese dictionary's folder, where it is not in a usual place.", HelpName = "folder" };
        var json = VerbOptions.Json();
        var command = new Command("readings", "Train the frontend's model of words that are read in more than one way.") { labels, texts, kana, output, heldOut, epochs, dictionary, json };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var training = new HeteronymTraining(
                [new ReadingCorpus(null, new AccentLabels(parsed.GetRequiredValue(labels), parsed.GetRequiredValue(texts))), .. parsed.GetRequiredValue(kana).Select(file => new ReadingCorpus(file))],
                Epochs: parsed.GetValue(epochs), HeldOut: parsed.GetValue(heldOut));
            if (training.Epochs < 1 || training.HeldOut < 0)
                throw new UsageException("--epochs is 1 or more, --held-out 0 or more");
            var result = HeteronymTrainer.Train(training, parsed.GetRequiredValue(output), new FrontendOptions(parsed.GetValue(dictionary)), new ScreenLines(context.Screen), cancel);
            if (parsed.GetValue(json))
                context.WriteJson(result);
            else
                context.Output.WriteLine(Told(result));
            return ExitCode.Done;
        }, cancel));
        return command;
    }

    static string Told(HeteronymTrainingResult result)
    {
        var judged = result.Sentences > 0
            ? FormattableString.Invariant($"; of {result.Sentences} sentences held out {result.ExactAfter} read without error (rules alone {result.ExactBefore}), {result.ErrorsAfter} moras misread ({result.ErrorsBefore})")
            : "";
        return FormattableString.Invariant($"{result.Words} words of {result.Kinds} kinds, {result.Weights} weights, {result.Bytes} bytes{judged}");
    }
}
