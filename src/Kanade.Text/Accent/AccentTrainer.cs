namespace Kanade.Text;

/// <summary>How the accent model is trained.</summary>
/// <param name="Labels">The labels that the model is for, and that judge it.</param>
/// <param name="Others">Labels of other makers, whose habits differ but who know as much of accents; never judged on.</param>
/// <param name="Epochs">Passes over the labels.</param>
/// <param name="Rate">AdaGrad's step.</param>
/// <param name="Decay">L2 pull of each weight to zero, a step.</param>
/// <param name="Dropout">The share of features left out at random, so that none is leant on alone.</param>
/// <param name="Seldom">Features seen fewer times are left out.</param>
/// <param name="HeldOut">Every how many sentences (in order of name, from the first) one is kept for judging and never trained on; 0 keeps none.</param>
/// <param name="Seed">Of the order of the sentences, and of what is dropped.</param>
public sealed record AccentTraining(
    AccentLabels Labels, IReadOnlyList<AccentLabels>? Others = null, int Epochs = 20, double Rate = 0.015, double Decay = 2e-5, double Dropout = 0.2, int Seldom = 3, int HeldOut = 10, int Seed = 1);

/// <summary>What came of a training.</summary>
/// <param name="Sentences">Trained on.</param>
/// <param name="Weights">In the model.</param>
/// <param name="Bytes">Of the model file.</param>
/// <param name="Score">On the sentences held out; null where there are none.</param>
public sealed record AccentTrainingResult(int Sentences, int Weights, long Bytes, AccentScore? Score);

/// <summary>Trains the model of accent phrases and nuclei from labels. No tensors: a minute on one core.</summary>
public static class AccentTrainer
{
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
        var all = training.Labels.Sentences();
        var judged = all.Where((_, i) => training.HeldOut > 0 && i % training.HeldOut == 0).ToArray();
        var sources = new List<IEnumerable<AccentLabels.Sentence>> { all.Except(judged) };
        sources.AddRange((training.Others ?? []).Select(other => other.Sentences()));
        var stretches = new List<AccentStretch>();
        var sentences = 0;
        using (var rules = JapaneseFrontend.Open(options with { Accent = AccentSource.Rules }))
        {
            for (var source = 0; source < sources.Count; source++)
            {
                foreach (var sentence in sources[source])
                {
                    stretches.AddRange(AccentStretch.Align(rules.ReadWords(sentence.Text), sentence.Label()).Select(stretch => stretch with { Source = source }));
                    sentences++;
                }
            }
        }
        var model = new AccentFit(stretches, training).Run(progress, cancel);
        var partial = output + ".partial";
        using (var file = File.Create(partial))
            model.Save(file);
        File.Move(partial, output, overwrite: true);
        return new AccentTrainingResult(sentences, model.Count, new FileInfo(output).Length,
            judged.Length == 0 ? null : Judge(judged, options with { Accent = AccentSource.Learned, AccentModel = output }));
    }

    static AccentScore Judge(IEnumerable<AccentLabels.Sentence> sentences, FrontendOptions options)
    {
        using var frontend = JapaneseFrontend.Open(options);
        var tally = new AccentTally();
        foreach (var sentence in sentences)
            tally.Add(sentence.Label(), frontend.Phonemize(sentence.Text).Phrases);
        return tally.Score;
    }
}
