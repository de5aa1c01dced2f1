using System.Text.RegularExpressions;

namespace Kanade.Text;

/// <summary>How the accent model is trained.</summary>
/// <param name="Labels">A folder of full-context labels, <c>NAME.lab</c>, searched with what is below it.</param>
/// <param name="Texts">What each label says: a file of NAME, TAB, text, one a line; or the YAML of jsut-label.</param>
/// <param name="Epochs">Passes over the labels.</param>
/// <param name="Rate">AdaGrad's step.</param>
/// <param name="Decay">L2 pull of each weight to zero, a step.</param>
/// <param name="Seldom">Features seen fewer times are left out.</param>
/// <param name="HeldOut">Every how many sentences (in order of name, from the first) one is kept for judging and never trained on; 0 keeps none.</param>
/// <param name="Seed">Of the order of the sentences.</param>
public sealed record AccentTraining(string Labels, string Texts, int Epochs = 20, double Rate = 0.015, double Decay = 2e-5, int Seldom = 2, int HeldOut = 10, int Seed = 1);

/// <summary>What came of a training.</summary>
/// <param name="Sentences">Trained on.</param>
/// <param name="Weights">In the model.</param>
/// <param name="Bytes">Of the model file.</param>
/// <param name="Score">On the sentences held out; null where there are none.</param>
public sealed record AccentTrainingResult(int Sentences, int Weights, long Bytes, AccentScore? Score);

/// <summary>Trains the model of accent phrases and nuclei from full-context labels. No tensors: a minute on one core.</summary>
public static partial class AccentTrainer
{
    [GeneratedRegex(@"^(?<name>[A-Za-z0-9_-]+):\s*$|^\s+text_level2:\s*(?<text>.*\S)")]
    private static partial Regex YamlLine();

    /// <summary>Trains, judges and writes the model.</summary>
    /// <param name="training">What to train on, and how.</param>
    /// <param name="output">The model file; written beside and renamed.</param>
    /// <param name="options">The dictionary to read with.</param>
    /// <param name="progress">A line an epoch.</param>
    /// <param name="cancel">Looked at once an epoch.</param>
    /// <exception cref="InvalidDataException">A label or text is missing or not what it should be.</exception>
    public static AccentTrainingResult Train(AccentTraining training, string output, FrontendOptions options, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(options);
        var labels = Directory.EnumerateFiles(training.Labels, "*.lab", SearchOption.AllDirectories).ToDictionary(path => Path.GetFileNameWithoutExtension(path), path => path);
        var texts = Texts(training.Texts);
        var names = labels.Keys.Where(texts.ContainsKey).Order(StringComparer.Ordinal).ToArray();
        if (names.Length == 0)
            throw new InvalidDataException($"{training.Texts}: no text for any of the {labels.Count} labels in {training.Labels}: each line needs the name of a label, a TAB, and the text");
        var stretches = new List<AccentStretch>();
        var judged = new List<string>();
        using (var rules = JapaneseFrontend.Open(options with { Accent = AccentSource.Rules }))
        {
            for (var i = 0; i < names.Length; i++)
            {
                if (training.HeldOut > 0 && i % training.HeldOut == 0)
                    judged.Add(names[i]);
                else
                    stretches.AddRange(AccentStretch.Align(rules.ReadWords(texts[names[i]]), FullContextLabels.Read(File.ReadLines(labels[names[i]]), names[i])));
            }
        }
        var model = new AccentFit(stretches, training).Run(progress, cancel);
        var partial = output + ".partial";
        using (var file = File.Create(partial))
            model.Save(file);
        File.Move(partial, output, overwrite: true);
        return new AccentTrainingResult(names.Length - judged.Count, model.Count, new FileInfo(output).Length,
            judged.Count == 0 ? null : Judge(judged, labels, texts, options with { Accent = AccentSource.Learned, AccentModel = output }));
    }

    static AccentScore Judge(List<string> names, Dictionary<string, string> labels, Dictionary<string, string> texts, FrontendOptions options)
    {
        using var frontend = JapaneseFrontend.Open(options);
        var tally = new AccentTally();
        foreach (var name in names)
            tally.Add(FullContextLabels.Read(File.ReadLines(labels[name]), name), frontend.Phonemize(texts[name]).Phrases);
        return tally.Score;
    }

    static Dictionary<string, string> Texts(string path)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in File.ReadLines(path))
        {
            if (line.Split('\t', 2) is [var id, var text])
            {
                texts[id] = text;
                continue;
            }
            var match = YamlLine().Match(line);
            if (match.Groups["name"].Success)
                name = match.Groups["name"].Value;
            else if (match.Success)
                texts[name] = match.Groups["text"].Value.Trim('"', '\'');
        }
        return texts;
    }
}
