using System.CommandLine;
using Kanade.Text;

namespace Kanade.Cli;

/// <summary><c>kanade pretrain accent</c>: the frontend's model of accent phrases and nuclei, from a folder of full-context labels. Loads no tensor library.</summary>
static class PretrainAccentCommand
{
    public static Command Create(CommandContext context)
    {
        var labels = new Option<string>("--labels") { Description = "Full-context labels, NAME.lab, in this folder and below; or a table of phones and accents.", HelpName = "folder|csv", Required = true };
        var texts = new Option<string>("--texts") { Description = "What the labels say: NAME, a TAB and the text, one a line; or jsut-label's YAML.", HelpName = "tsv|yaml", Required = true };
        var otherLabels = new Option<string[]>("--other-labels") { Description = "Labels of other makers, to learn from beside; may be repeated.", HelpName = "folder|csv", DefaultValueFactory = _ => [] };
        var otherTexts = new Option<string[]>("--other-texts") { Description = "What they say, one for each --other-labels.", HelpName = "tsv|yaml", DefaultValueFactory = _ => [] };
        var output = VerbOptions.Out("The model file.");
        var heldOut = new Option<int>("--held-out") { Description = "Every how many sentences one is kept for judging; 0 keeps none.", HelpName = "n", DefaultValueFactory = _ => 10 };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the labels.", HelpName = "n", DefaultValueFactory = _ => new AccentTraining(new AccentLabels("", "")).Epochs };
        var dictionary = new Option<string?>("--dictionary") { Description = "The Japanese dictionary's folder, where it is not in a usual place.", HelpName = "folder" };
        var json = VerbOptions.Json();
        var command = new Command("accent", "Train the frontend's model of accent phrases and nuclei from labels.") { labels, texts, otherLabels, otherTexts, output, heldOut, epochs, dictionary, json };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var training = new AccentTraining(new AccentLabels(parsed.GetRequiredValue(labels), parsed.GetRequiredValue(texts)),
                Others(parsed.GetRequiredValue(otherLabels), parsed.GetRequiredValue(otherTexts)), Epochs: parsed.GetValue(epochs), HeldOut: parsed.GetValue(heldOut));
            Check(training);
            var result = AccentTrainer.Train(training, parsed.GetRequiredValue(output), new FrontendOptions(parsed.GetValue(dictionary)), new ScreenLines(context.Screen), cancel);
            if (parsed.GetValue(json))
                context.WriteJson(result);
            else
                context.Output.WriteLine(Told(result));
            return ExitCode.Done;
        }, cancel));
        return command;
    }

    static AccentLabels[] Others(string[] labels, string[] texts) => labels.Length == texts.Length
        ? [.. labels.Zip(texts, (label, text) => new AccentLabels(label, text))]
        : throw new UsageException($"{labels.Length} --other-labels and {texts.Length} --other-texts: give one for each, in the same order");

    static void Check(AccentTraining training)
    {
        foreach (var source in training.Others!.Prepend(training.Labels))
        {
            if (!Directory.Exists(source.Labels) && !File.Exists(source.Labels))
                throw new DirectoryNotFoundException($"{source.Labels}: no such folder or table of labels");
        }
        if (training.Epochs < 1 || training.HeldOut < 0)
            throw new UsageException("--epochs is 1 or more, --held-out 0 or more");
    }

    static string Told(AccentTrainingResult result)
    {
        var judged = result.Score is { } score
            ? FormattableString.Invariant($"; held out: boundaries F1 {score.BoundaryF1:F2} %, phrases right {score.PhraseExact:F2} %, pitch {score.HighLow:F2} %")
            : "";
        return FormattableString.Invariant($"{result.Sentences} sentences, {result.Weights} weights, {result.Bytes} bytes{judged}");
    }
}
