namespace Kanade.Text;

/// <summary>How the heteronym model is trained.</summary>
/// <param name="Corpora">Sentences and their readings; the first is the one whose habits the model takes on, and that judges it.</param>
/// <param name="Epochs">Passes over the words.</param>
/// <param name="Rate">AdaGrad's step.</param>
/// <param name="Decay">L2 pull of each weight to zero, a step.</param>
/// <param name="Dropout">The share of features left out at random.</param>
/// <param name="Seldom">Features seen fewer times are left out.</param>
/// <param name="Parts">In how many parts the corpora are cut to see of which words a model trained without them mends more than it spoils: only these are kept.</param>
/// <param name="HeldOut">Every how many sentences of the first corpus one is kept for judging; 0 keeps none.</param>
/// <param name="Seed">Of the order of the words, and of what is dropped.</param>
public sealed record HeteronymTraining(IReadOnlyList<ReadingCorpus> Corpora, int Epochs = 12, double Rate = 0.1, double Decay = 1e-4, double Dropout = 0.4, int Seldom = 2, int Parts = 5, int HeldOut = 10, int Seed = 1);

/// <summary>What came of a training.</summary>
/// <param name="Words">Trained on.</param>
/// <param name="Kinds">Different words among them.</param>
/// <param name="Weights">In the model.</param>
/// <param name="Bytes">Of the model file.</param>
/// <param name="Sentences">Held out.</param>
/// <param name="ExactBefore">Of these, read without error by rules alone.</param>
/// <param name="ExactAfter">And with the model.</param>
/// <param name="ErrorsBefore">Moras misread by rules alone.</param>
/// <param name="ErrorsAfter">And with the model.</param>
public sealed record HeteronymTrainingResult(int Words, int Kinds, int Weights, long Bytes, int Sentences, int ExactBefore, int ExactAfter, int ErrorsBefore, int ErrorsAfter);

/// <summary>Trains the heteronym model from sentences whose readings are known.</summary>
public static class HeteronymTrainer
{
    sealed record Place(List<Word> Words, int At, string Stem, ReadingCandidate[] Ways, int Chosen, int Gold, int Source);

    /// <summary>Trains, judges and writes the model.</summary>
    /// <param name="training">What to train on, and how.</param>
    /// <param name="output">The model file; written beside and renamed.</param>
    /// <param name="options">The dictionary to read with.</param>
    /// <param name="progress">A line an epoch.</param>
    /// <param name="cancel">Looked at once a corpus and once an epoch.</param>
    /// <exception cref="InvalidDataException">A corpus is missing or not what it should be.</exception>
    public static HeteronymTrainingResult Train(HeteronymTraining training, string output, FrontendOptions options, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(options);
        using var rules = JapaneseFrontend.Open(options with { Accent = AccentSource.Rules, ReadByContext = true }, heteronyms: false);
        var judged = new List<ReadingCorpus.Sentence>();
        var places = new List<Place>();
        for (var source = 0; source < training.Corpora.Count; source++)
        {
            cancel.ThrowIfCancellationRequested();
            var index = 0;
            foreach (var sentence in training.Corpora[source].Sentences())
            {
                if (source == 0 && training.HeldOut > 0 && index++ % training.HeldOut == 0)
                    judged.Add(sentence);
                else
                    places.AddRange(PlacesOf(sentence, rules, source));
            }
            progress?.Report(FormattableString.Invariant($"corpus {source + 1}: {places.Count(place => place.Source == source)} words that may be read otherwise"));
        }
        var doubtful = places.GroupBy(place => place.Stem, StringComparer.Ordinal)
            .Where(group => group.Any(place => place.Gold != place.Chosen)).SelectMany(group => group).OrderBy(place => place.Source).ToArray();
        var examples = Array.ConvertAll(doubtful, Encode);
        var kinds = Helped(doubtful, examples, training, progress, cancel);
        var weights = new HeteronymFit(training, [.. examples.Where((_, i) => kinds.Contains(doubtful[i].Stem))]).Run(progress, cancel);
        var model = new FeatureWeights([.. weights, .. kinds.Select(kind => KeyValuePair.Create(HeteronymFeatures.Gate(kind), 1f))]);
        var partial = output + ".partial";
        using (var file = File.Create(partial))
            model.Save(file);
        File.Move(partial, output, overwrite: true);
        var (exactBefore, errorsBefore) = Judge(judged, rules);
        using var learned = JapaneseFrontend.Open(options with { Accent = AccentSource.Rules, ReadByContext = true, Heteronyms = output });
        var (exactAfter, errorsAfter) = Judge(judged, learned);
        return new HeteronymTrainingResult(doubtful.Count(place => kinds.Contains(place.Stem)), kinds.Count, model.Count, new FileInfo(output).Length, judged.Count, exactBefore, exactAfter, errorsBefore, errorsAfter);
    }

    /// <summary>The words of a sentence that the dictionary can read in several ways, of which the corpus tells one.</summary>
    static IEnumerable<Place> PlacesOf(ReadingCorpus.Sentence sentence, JapaneseFrontend rules, int source)
    {
        var words = rules.OpenWords(sentence.Text);
        var (said, firstMora) = AccentStretch.MorasOf(words);
        var heard = sentence.Moras;
        var partner = MoraAlignment.Partners(said, heard);
        bool Sure(int mora) => partner[mora] >= 0 && said[mora] == heard[partner[mora]];
        for (var i = 0; i < words.Count; i++)
        {
            if (!HeteronymModel.IsOpen(words, i) || rules.Candidates.Of(words[i].Surface) is not { Length: > 1 } ways)
                continue;
            var chosen = HeteronymModel.Chosen(words[i], ways);
            if (chosen < 0)
                continue;
            var (first, end) = (firstMora[i], firstMora[i + 1]);
            if ((first > 0 && !Sure(first - 1)) || (end < said.Length && !Sure(end)))
                continue;
            var from = first == 0 ? 0 : partner[first - 1] + 1;
            var to = end == said.Length ? heard.Length : partner[end];
            if (from >= to)
                continue;
            var matching = Enumerable.Range(0, ways.Length).Where(k => IsHeard(ways[k], heard, from, to)).ToArray();
            if (matching.Length == 0)
                continue;
            var gold = matching.Contains(chosen) ? chosen : matching.OrderBy(k => ways[k].Entry.Pos == words[i].Pos ? 0 : 1).First();
            yield return new Place(words, i, ReadingCandidates.StemOf(words[i].Surface), ways, chosen, gold, source);
        }
    }

    static bool IsHeard(ReadingCandidate way, string[] heard, int from, int to)
    {
        var moras = new List<string>();
        if (from > 0)
            moras.Add(heard[from - 1]);
        MoraAlignment.Append(way.Pronunciation, moras);
        return MoraAlignment.Merge(moras).AsSpan(from > 0 ? 1 : 0).SequenceEqual(heard.AsSpan(from, to - from));
    }

    /// <summary>The words of which models trained without them, a part of the corpora at a time, mended at least two and more than twice as many as they spoiled.</summary>
    static HashSet<string> Helped(Place[] places, HeteronymExample[] examples, HeteronymTraining training, IProgress<string>? progress, CancellationToken cancel)
    {
        var tally = new Dictionary<string, (int Mended, int Spoiled)>(StringComparer.Ordinal);
        for (var part = 0; part < training.Parts; part++)
        {
            var model = new FeatureWeights([.. new HeteronymFit(training, [.. examples.Where((_, i) => i % training.Parts != part)]).Run(null, cancel)]);
            for (var i = part; i < places.Length; i += training.Parts)
            {
                var place = places[i];
                var choice = model.Choose(examples[i].Ways, place.Chosen);
                if (choice == place.Chosen)
                    continue;
                var (mended, spoiled) = tally.GetValueOrDefault(place.Stem);
                tally[place.Stem] = choice == place.Gold ? (mended + 1, spoiled) : place.Chosen == place.Gold ? (mended, spoiled + 1) : (mended, spoiled);
            }
            progress?.Report(FormattableString.Invariant($"part {part + 1} of {training.Parts}: {tally.Values.Sum(pair => pair.Mended)} words mended, {tally.Values.Sum(pair => pair.Spoiled)} spoiled"));
        }
        return [.. tally.Where(pair => pair.Value.Mended > 2 * pair.Value.Spoiled + 1).Select(pair => pair.Key)];
    }

    static HeteronymExample Encode(Place place) => new(place.Source, place.Gold,
        [.. place.Ways.Select((way, k) => HeteronymFeatures.Of(place.Words, place.At, place.Stem, way, k == place.Chosen))]);

    static (int Exact, int Errors) Judge(List<ReadingCorpus.Sentence> sentences, JapaneseFrontend frontend)
    {
        var (exact, errors) = (0, 0);
        foreach (var sentence in sentences)
        {
            var said = MoraAlignment.Merge(frontend.Phonemize(sentence.Text).Phrases.SelectMany(phrase => phrase.Moras).Select(mora => string.Join(' ', mora.Phones).ToLowerInvariant()));
            var heard = sentence.Moras.Select(mora => mora.ToLowerInvariant()).ToArray();
            var partner = MoraAlignment.Partners(said, heard);
            var wrong = Math.Max(said.Length, heard.Length) - Enumerable.Range(0, said.Length).Count(i => partner[i] >= 0 && said[i] == heard[partner[i]]);
            exact += wrong == 0 ? 1 : 0;
            errors += wrong;
        }
        return (exact, errors);
    }
}
